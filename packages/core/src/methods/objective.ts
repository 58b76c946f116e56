import {
  createGraph,
  gradient,
  input,
  ops,
  scalar,
  tensor,
  type Feeds,
  type Graph,
  type Program,
  type Runtime,
  type Tensor,
  type Value,
} from "@deepstyle/engine";
import type { Encoder } from "../encoders/encoder.ts";
import type { Mask } from "../image/mask.ts";
import type { Raster, Size } from "../image/raster.ts";
import type { Values } from "../losses/loss.ts";
import {
  layersOf,
  weightedSum,
  type Criterion,
  type FeatureTerm,
  type ImageTerm,
} from "./criterion.ts";
import { guidedMean, guidedStatistic, guidesFor } from "./guide.ts";

/** Statistics of one picture for one term: tensors by layer and name. */
export type Targets = Readonly<Record<string, Tensor>>;

/** Losses at one picture. */
export interface Losses {
  /** What is minimised. */
  readonly total: number;
  /** Each term by name: the sum over its layers, not multiplied with the weight of the term. */
  readonly terms: Readonly<Record<string, number>>;
}

/** Losses and their derivative. */
export interface ObjectiveResult extends Losses {
  /** Derivative of the total by each pixel, planar RGB. */
  readonly gradient: Float32Array;
}

/** The objective of one picture size, loaded and waiting for pixels. */
export interface LoadedObjective {
  /** One forward and backward pass. @param pixels - planar RGB in [0, 1], `3 · h · w` */
  evaluate(pixels: Float32Array): Promise<ObjectiveResult>;
  /** Gives the program back. */
  dispose(): Promise<void>;
}

/**
 * The graph of an objective: image, targets and weights in, losses and gradient out. Targets and
 * weights are fed, so that one program serves every photo and painting of a size.
 */
export function objectiveGraph(
  encoder: Encoder,
  criterion: Criterion,
  { width, height }: Size,
): Graph {
  const image = input("image", [1, 3, height, width]);
  const features = encoder.features(image, layersOf(criterion));
  const outputs: Record<string, Value> = {};
  const terms: { weight: Value; loss: Value }[] = [];
  const addTerm = (name: string, loss: Value): void => {
    outputs[`loss.${name}`] = loss;
    terms.push({ weight: input(`weight.${name}`, []), loss });
  };
  for (const term of criterion.features) {
    const sum = Object.keys(term.layers).map((layer) => ({
      weight: input(`weight.${term.name}.${layer}`, []),
      loss: layerLoss(term, layer, guidedStatistic(term, layer, features[layer]!)),
    }));
    addTerm(term.name, weightedSum(sum));
  }
  for (const term of criterion.image) {
    const model = term.model && input(modelName(term), image.shape);
    addTerm(term.name, term.build(image, guidedMean(term, ops.reduceMean), model));
  }
  const total = weightedSum(terms);
  const [slope] = gradient(total, [image]);
  return createGraph({ ...outputs, total, gradient: slope! });
}

/** Compiles an objective and binds weights and targets. */
export async function loadObjective(
  runtime: Runtime,
  encoder: Encoder,
  criterion: Criterion,
  size: Size,
  targets: Targets,
): Promise<LoadedObjective> {
  const program = await runtime.compile(objectiveGraph(encoder, criterion, size));
  const guides = guidesFor(criterion, program.inputs);
  await program.bind({ ...targets, ...weightsOf(criterion), ...guides });
  const shape = [1, 3, size.height, size.width];
  const names = [...criterion.features, ...criterion.image].map(({ name }) => name);
  return {
    evaluate: async (pixels) => {
      const result = await program.run({ image: tensor(pixels, shape) });
      const terms = names.map((name) => [name, numberOf(result[`loss.${name}`]!)] as const);
      return {
        total: numberOf(result["total"]!),
        terms: Object.fromEntries(terms),
        gradient: result["gradient"]!.data as Float32Array,
      };
    },
    dispose: () => program.dispose(),
  };
}

/**
 * What one term keeps of a model picture, at the picture's own size.
 *
 * @param guide - where in the model; everywhere if left out
 * @returns tensors named as the inputs of {@link objectiveGraph}
 */
export async function measureStatistics(
  runtime: Runtime,
  encoder: Encoder,
  term: FeatureTerm,
  picture: Raster,
  guide?: Mask,
): Promise<Targets> {
  const { width, height, data } = picture;
  const guided = guidedBy(term, guide);
  const image = input("image", [1, 3, height, width]);
  const features = encoder.features(image, Object.keys(term.layers));
  const outputs: Record<string, Value> = {};
  for (const layer of Object.keys(term.layers)) {
    for (const [key, value] of Object.entries(guidedStatistic(guided, layer, features[layer]!)))
      outputs[targetName(term, layer, key)] = value;
  }
  const graph = createGraph(outputs);
  const guides = guidesFor({ features: [guided], image: [] }, graph.inputs);
  return runOnce(runtime, graph, { image: tensor(data, image.shape as number[]), ...guides });
}

/** A term that looks where a model's guide says, and not where its own does. */
export function guidedBy({ guide: _, ...term }: FeatureTerm, guide: Mask | undefined): FeatureTerm {
  return guide === undefined ? term : { ...term, guide };
}

/**
 * The targets of a term from the statistics of its models, averaged with weights. For Gram matrices
 * this is the same as averaging the losses (field: blending of styles).
 *
 * @param models - statistics from {@link measureStatistics} with weights that sum to 1
 */
export async function blendTargets(
  runtime: Runtime,
  term: FeatureTerm,
  models: readonly { readonly statistics: Targets; readonly weight: number }[],
): Promise<Targets> {
  const blended = Object.fromEntries(
    Object.entries(models[0]!.statistics).map(([name, { shape, data }]) => {
      const sum = new Float32Array(data.length);
      for (const { statistics, weight } of models) {
        const other = statistics[name]!.data as Float32Array;
        for (let i = 0; i < sum.length; i++) sum[i]! += weight * other[i]!;
      }
      return [name, tensor(sum, shape)] as const;
    }),
  );
  const { target } = term.loss;
  if (target === undefined) return blended;
  const outputs: Record<string, Value> = {};
  for (const layer of Object.keys(term.layers)) {
    const statistic = layerInputs(term, layer, blended);
    for (const [key, value] of Object.entries(target(statistic)))
      outputs[`result.${targetName(term, layer, key)}`] = value;
  }
  const results = await runOnce(runtime, createGraph(outputs), blended);
  return Object.fromEntries(
    Object.entries(results).map(([name, value]) => [name.replace("result.", ""), value]),
  );
}

/** The loss of a term at a layer, its targets fed. @param found - the statistic of the picture */
export function layerLoss(
  { name, loss: { target, compare } }: FeatureTerm,
  layer: string,
  found: Values,
): Value {
  const wanted = Object.entries(target === undefined ? found : target(found)).map(
    ([key, { shape }]) => [key, input(targetName({ name }, layer, key), shape)] as const,
  );
  return compare(found, Object.fromEntries(wanted));
}

function layerInputs(term: FeatureTerm, layer: string, tensors: Targets): Values {
  const prefix = targetName(term, layer, "");
  const entries = Object.entries(tensors)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, { shape }]) => [name.slice(prefix.length), input(name, shape)] as const);
  return Object.fromEntries(entries);
}

/** The name of a target among the inputs of an objective. */
export function targetName(
  { name }: Pick<FeatureTerm, "name">,
  layer: string,
  key: string,
): string {
  return `target.${name}.${layer}.${key}`;
}

/** The name of the picture that a term is compared with, among the inputs of an objective. */
export function modelName({ name }: ImageTerm): string {
  return `model.${name}`;
}

/** Weights of terms and layers, named as the inputs of an objective. */
export function weightsOf({ features, image }: Criterion): Feeds {
  const weights: Record<string, Tensor> = {};
  for (const { name, weight, layers } of features) {
    weights[`weight.${name}`] = scalar(weight);
    for (const [layer, share] of Object.entries(layers))
      weights[`weight.${name}.${layer}`] = scalar(share);
  }
  for (const { name, weight } of image) weights[`weight.${name}`] = scalar(weight);
  return weights;
}

async function runOnce(runtime: Runtime, graph: Graph, feeds: Feeds): Promise<Targets> {
  const program: Program = await runtime.compile(graph, { winograd: false });
  try {
    return await program.run(feeds);
  } finally {
    await program.dispose();
  }
}

/** The number that a scalar holds. */
export function numberOf({ data }: Tensor): number {
  return Number(data[0]);
}
