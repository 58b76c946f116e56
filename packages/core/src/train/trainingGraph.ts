import {
  constant,
  createGraph,
  gradient,
  input,
  ops,
  type Graph,
  type Value,
} from "@deepstyle/engine";
import type { Encoder } from "../encoders/encoder.ts";
import type { Values } from "../losses/loss.ts";
import { layersOf, weightedSum, type Criterion, type FeatureTerm } from "../methods/criterion.ts";
import { targetName } from "../methods/objective.ts";
import {
  networkParameters,
  type Architecture,
  type NetworkParameter,
} from "../nets/architecture.ts";
import {
  batchNormInference,
  batchNormTraining,
  conditionalInstanceNorm,
  type NetworkValues,
  type Normalise,
} from "../nets/normalise.ts";
import { transformer } from "../nets/transformer.ts";
import { adamStep } from "./adam.ts";

/** What a step of training is made for. */
export interface TrainingPlan {
  readonly architecture: Architecture;
  /** The loss network. */
  readonly encoder: Encoder;
  /** A term called `content` is held against the photos, every other one against the paintings. */
  readonly criterion: Criterion;
  /** Photos a step. */
  readonly batch: number;
  /** Side of the square crops in pixels. */
  readonly size: number;
  /** Steps whose gradients are averaged before the weights move. */
  readonly accumulate: number;
  /** Weight of the stability under small motion and noise; 0 leaves the second pass out. */
  readonly stabilityWeight: number;
  /** Which parameters are trained: all, or scales and shifts alone (a new style for a network). */
  readonly trains: "all" | "styles";
}

/** Names of the tensors that a training program is fed or carries. */
export const trainingNames = {
  /** A tensor of the network. */
  parameter: (name: string) => `parameter.${name}`,
  /** Adam's average of its gradient. */
  first: (name: string) => `first.${name}`,
  /** Adam's average of its squared gradient. */
  second: (name: string) => `second.${name}`,
  /** Its gradients so far, where several steps are averaged. */
  sum: (name: string) => `sum.${name}`,
  /** The output that a carried tensor becomes. */
  next: (name: string) => `next.${name}`,
} as const;

/** Part of a batch's statistics in the running averages of batch normalisation (Torch's 0.1). */
const runningShare = 0.1;

/** Above this the sum of squared gradients is no number that a step could be taken with. */
const largestSquare = 1e30;

/** Parameters that a plan trains by gradients. */
export function trainedParameters({ architecture, trains }: TrainingPlan): NetworkParameter[] {
  return networkParameters(architecture).filter(
    ({ role }) =>
      role === "scale" || role === "shift" || (trains === "all" && !role.startsWith("running")),
  );
}

/**
 * One step of training as one graph: network, losses, gradients by the weights, Adam. Fed with
 * `photos` `[n, 3, s, s]`, `mixture` `[n, styles]` and the numbers of the step; weights and averages
 * are carried from step to step. Where the gradient is not finite, everything stays as it was.
 *
 * Source: Johnson, Alahi, Fei-Fei 2016, section 3; the conditional form after Dumoulin et al. 2016.
 *
 * @returns `loss.NAME` for each term before its weight, `total`, `squaredNorm` of the gradient, and
 *   `next.…` for each tensor that is carried
 */
export function trainingGraph(plan: TrainingPlan): Graph {
  const { architecture } = plan;
  const values = parameterInputs(architecture);
  const running: Record<string, Value> = {};
  const { losses, total } = networkLosses(plan, values, (mixture) =>
    architecture.norm === "instance"
      ? conditionalInstanceNorm(mixture)
      : batchNormTraining(mixture, ({ name }, mean, variance) => {
          running[`${name}.mean`] ??= mean;
          running[`${name}.variance`] ??= variance;
        }),
  );
  const trained = trainedParameters(plan);
  const gradients = gradient(
    total,
    trained.map(({ name }) => values[name]!),
  );
  const squares = gradients.map((g) => ops.reduceSum(ops.mul(g, g)));
  const squaredNorm = squares.reduce(ops.add);
  const isFinite = ops.less(squaredNorm, constant(largestSquare));
  const outputs: Record<string, Value> = {
    ...losses,
    total,
    squaredNorm,
    ...carried(plan, trained, values, gradients, isFinite),
  };
  for (const [name, sample] of Object.entries(running)) {
    const present = values[name]!;
    const next = ops.add(
      ops.mul(present, constant(1 - runningShare)),
      ops.mul(sample, constant(runningShare)),
    );
    outputs[trainingNames.next(trainingNames.parameter(name))] = ops.where(isFinite, next, present);
  }
  return createGraph(outputs);
}

/**
 * The losses of a network without training it: for validation, on weights that are fed.
 *
 * @returns `loss.NAME` for each term, `total`, and `stylized`, the pictures
 */
export function validationGraph(plan: TrainingPlan): Graph {
  const withoutMotion = { ...plan, stabilityWeight: 0 };
  const values = parameterInputs(plan.architecture);
  const { losses, total, stylized } = networkLosses(withoutMotion, values, (mixture) =>
    plan.architecture.norm === "instance"
      ? conditionalInstanceNorm(mixture)
      : batchNormInference(mixture),
  );
  return createGraph({ ...losses, total, stylized });
}

function parameterInputs(architecture: Architecture): NetworkValues {
  return Object.fromEntries(
    networkParameters(architecture).map(({ name, shape }) => [
      name,
      input(trainingNames.parameter(name), shape),
    ]),
  );
}

interface Losses {
  /** `loss.NAME` for each term, before its weight. */
  readonly losses: Readonly<Record<string, Value>>;
  readonly total: Value;
  readonly stylized: Value;
}

function networkLosses(
  plan: TrainingPlan,
  values: NetworkValues,
  normaliseBy: (mixture: Value) => Normalise,
): Losses {
  const { architecture, encoder, criterion, batch, size, stabilityWeight } = plan;
  const photos = input("photos", [batch, 3, size, size]);
  const mixture = input("mixture", [batch, architecture.styles]);
  const normalise = normaliseBy(mixture);
  const paint = (pictures: Value): Value => transformer(architecture, pictures, values, normalise);
  const stylized = paint(photos);
  const features = encoder.features(stylized, layersOf(criterion));
  const losses: Record<string, Value> = {};
  const terms: { weight: Value; loss: Value }[] = [];
  const addTerm = (name: string, weight: number, loss: Value): void => {
    losses[`loss.${name}`] = loss;
    terms.push({ weight: constant(weight), loss });
  };
  for (const term of criterion.features) {
    const layers = Object.keys(term.layers);
    const models = term.name === "content" ? encoder.features(photos, layers) : undefined;
    const byLayer = layers.map((layer) => {
      const found = term.loss.statistic(features[layer]!);
      const wanted =
        models === undefined
          ? mixedTargets(term, layer, found, mixture)
          : term.loss.statistic(models[layer]!);
      return { weight: constant(term.layers[layer]!), loss: term.loss.compare(found, wanted) };
    });
    addTerm(term.name, term.weight, weightedSum(byLayer));
  }
  for (const term of criterion.image)
    addTerm(term.name, term.weight, term.build(stylized, ops.reduceMean));
  if (stabilityWeight > 0)
    addTerm("stability", stabilityWeight, instability(photos, stylized, paint));
  return { losses, total: weightedSum(terms), stylized };
}

/**
 * What the paintings of a batch's mixtures say of a layer: the mixture of their statistics, as
 * mixing Gram matrices is mixing losses.
 */
function mixedTargets(term: FeatureTerm, layer: string, statistic: Values, mixture: Value): Values {
  const entries = Object.entries(statistic).map(([key, { shape }]) => {
    const [, ...sizes] = shape as readonly number[];
    const count = sizes.reduce((product, length) => product * length, 1);
    const styles = mixture.shape[1]!;
    const table = input(targetName(term, layer, key), [styles, count]);
    return [key, ops.reshape(ops.matMul(mixture, table), shape)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * How far painting and moving are from being exchangeable: the mean square of f(W x + η) − W f(x)
 * where W is a small motion (`motion`, positions to sample, and `seen`, where they are inside) and η
 * is noise.
 *
 * Source: Wang et al. 2020, "Consistent Video Style Transfer via Compound Regularization"; the
 * synthetic motion of single pictures after Ruder et al. 2018.
 */
function instability(photos: Value, stylized: Value, paint: (pictures: Value) => Value): Value {
  const [batch, , height, width] = photos.shape as readonly number[];
  const motion = input("motion", [batch!, height!, width!, 2]);
  const seen = input("seen", [batch!, 1, height!, width!]);
  const noise = input("noise", photos.shape);
  const move = (pictures: Value): Value => ops.gridSample(pictures, motion, { padding: "border" });
  const moved = paint(ops.add(move(photos), noise));
  const difference = ops.mul(ops.sub(moved, move(stylized)), seen);
  return ops.reduceMean(ops.mul(difference, difference));
}

/**
 * What the tensors become that are carried from step to step: `next.…` by name. Gradients of
 * `accumulate` steps are averaged; the input `moves` says which step is the last of its group.
 */
function carried(
  { accumulate }: TrainingPlan,
  trained: readonly NetworkParameter[],
  values: NetworkValues,
  gradients: readonly Value[],
  isFinite: Value,
): Record<string, Value> {
  const { parameter, first, second, sum, next } = trainingNames;
  const rates = [input("rate", []), input("epsilon", [])] as const;
  const isLast = accumulate > 1 ? input("moves", [], "bool") : undefined;
  const moves = isLast === undefined ? isFinite : ops.and(isFinite, isLast);
  const outputs: Record<string, Value> = {};
  for (const [i, { name, shape }] of trained.entries()) {
    const present = {
      value: values[name]!,
      first: input(first(name), shape),
      second: input(second(name), shape),
    };
    let mean = gradients[i]!;
    if (isLast !== undefined) {
      const sofar = input(sum(name), shape);
      mean = ops.add(sofar, ops.mul(mean, constant(1 / accumulate)));
      const emptied = ops.where(isLast, ops.mul(sofar, constant(0)), mean);
      outputs[next(sum(name))] = ops.where(isFinite, emptied, sofar);
    }
    const moved = adamStep(present, mean, ...rates);
    outputs[next(parameter(name))] = ops.where(moves, moved.value, present.value);
    outputs[next(first(name))] = ops.where(moves, moved.first, present.first);
    outputs[next(second(name))] = ops.where(moves, moved.second, present.second);
  }
  return outputs;
}
