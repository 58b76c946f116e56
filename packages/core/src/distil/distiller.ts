import {
  createGraph,
  input,
  ops,
  tensor,
  type Feeds,
  type Program,
  type Runtime,
  type Tensor,
} from "@deepstyle/engine";
import { liteParameters } from "../encoders/lite.ts";
import { expectNumbers, type NetworkWeights } from "../nets/architecture.ts";
import { adamRates } from "../train/adam.ts";
import type { TrainingLosses, TrainingState } from "../train/trainer.ts";
import { trainingNames } from "../train/trainingGraph.ts";
import {
  distilGraph,
  distilNames,
  distilParameters,
  distilPoolings,
  learntTaps,
  type DistilPlan,
  type DistilPooling,
} from "./distilGraph.ts";

/** Images of one step by pooling, `[n, 3, s, s]`. */
export type DistilBatch = Readonly<Record<DistilPooling, Tensor<"float32">>>;

/** Weights of squared errors, by their names in the graph. */
export type Precisions = Readonly<Record<string, Tensor<"float32">>>;

/** The state before the first step: Adam's averages are zero. */
export function distilState(weights: NetworkWeights): TrainingState {
  const zeros = (): NetworkWeights =>
    new Map(
      distilParameters().map(({ name }) => [name, new Float32Array(weights.get(name)!.length)]),
    );
  return { iteration: 0, weights, first: zeros(), second: zeros() };
}

/**
 * A channel that varies less than this part of its layer's mean counts as if it varied so much: errors
 * of channels that are all but dead would drown the others.
 */
const smallestVariance = 0.01;

/**
 * Weights of squared errors from VGG-19's variances over pictures: one by the variance of a channel.
 *
 * @param pictures - `[n, 3, s, s]`, all of one shape
 */
export async function measurePrecisions(
  runtime: Runtime,
  teachers: DistilPlan["teachers"],
  pictures: readonly Tensor<"float32">[],
): Promise<Precisions> {
  const precisions: Record<string, Tensor<"float32">> = {};
  for (const pooling of distilPoolings) {
    const features = teachers[pooling].features(input("image", pictures[0]!.shape), learntTaps);
    const means = learntTaps.flatMap((tap) => {
      const f = features[tap];
      const mean = (x: typeof f): typeof f => ops.reduceMean(x, { axes: [0, 2, 3] });
      return [[`${tap}.mean`, mean(f)] as const, [`${tap}.square`, mean(ops.mul(f, f))] as const];
    });
    const program = await runtime.compile(createGraph(Object.fromEntries(means)));
    const total: Record<string, Float64Array> = {};
    for (const image of pictures)
      for (const [name, { data }] of Object.entries(await program.run({ image }))) {
        const sum = (total[name] ??= new Float64Array(data.length));
        for (let i = 0; i < sum.length; i++) sum[i]! += Number(data[i]) / pictures.length;
      }
    await program.dispose();
    for (const tap of learntTaps) {
      const mean = total[`${tap}.mean`]!;
      const variances = total[`${tap}.square`]!.map((square, i) => square - mean[i]! ** 2);
      const average = variances.reduce((sum, variance) => sum + variance, 0) / variances.length;
      const inverse = Float32Array.from(
        variances,
        (variance) => 1 / Math.max(variance, smallestVariance * average),
      );
      const shape = [1, inverse.length, 1, 1];
      precisions[distilNames.precision(pooling, tap)] = tensor(inverse, shape);
    }
  }
  return precisions;
}

/** lite as it learns, on a device: weights and Adam's averages stay there between steps. */
export class Distiller {
  readonly #program: Program;
  #iteration: number;

  private constructor(program: Program, iteration: number) {
    this.#program = program;
    this.#iteration = iteration;
  }

  /** Compiles the step and hands state and precisions to the device. */
  static async start(
    runtime: Runtime,
    plan: DistilPlan,
    precisions: Precisions,
    state: TrainingState,
  ): Promise<Distiller> {
    const graph = distilGraph(plan);
    const prefix = trainingNames.next("");
    const carry = Object.fromEntries(
      Object.keys(graph.outputs)
        .filter((name) => name.startsWith(prefix))
        .map((name) => [name, name.slice(prefix.length)]),
    );
    const program = await runtime.compile(graph, { carry });
    await program.bind({ ...precisions, ...stateFeeds(state, Object.keys(graph.inputs)) });
    return new Distiller(program, state.iteration);
  }

  /** Steps so far. */
  get iteration(): number {
    return this.#iteration;
  }

  /** One step. */
  async step(batch: DistilBatch, learningRate: number): Promise<TrainingLosses> {
    const { rate, epsilon } = adamRates(learningRate, this.#iteration + 1);
    const images = distilPoolings.map(
      (pooling) => [distilNames.images(pooling), batch[pooling]] as const,
    );
    const result = await this.#program.run({
      ...Object.fromEntries(images),
      rate: tensor([rate], []),
      epsilon: tensor([epsilon], []),
    });
    this.#iteration++;
    const number = (name: string): number => Number(result[name]!.data[0]);
    const squaredNorm = number("squaredNorm");
    return {
      total: number("total"),
      terms: Object.fromEntries(learntTaps.map((tap) => [tap, number(`loss.${tap}`)])),
      gradientNorm: Math.sqrt(squaredNorm),
      skipped: !Number.isFinite(squaredNorm),
    };
  }

  /** Everything that is needed to go on from here. @param given - parameters that are not trained */
  async state(given: NetworkWeights): Promise<TrainingState> {
    const names = distilParameters().map(({ name }) => name);
    const read = async (of: (name: string) => string): Promise<NetworkWeights> => {
      const found = await this.#program.read(names.map(of));
      return new Map(names.map((name) => [name, found[of(name)]!.data as Float32Array]));
    };
    const weights = new Map([...given, ...(await read(trainingNames.parameter))]);
    const first = await read(trainingNames.first);
    const second = await read(trainingNames.second);
    return { iteration: this.#iteration, weights, first, second };
  }

  /** Gives the program back. */
  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}

/** Weights as the inputs of {@link liteInputs}. */
export function liteFeeds(weights: NetworkWeights): Feeds {
  const entries = liteParameters().map(
    ({ name, shape }) =>
      [trainingNames.parameter(name), tensor(weights.get(name)!, shape)] as const,
  );
  return Object.fromEntries(entries);
}

/**
 * What of a state a step takes: from VGG-19's features on, the first layer is not looked at.
 *
 * @throws {OptionError} if the state, which may come from a file, is not that of lite
 */
function stateFeeds({ weights, first, second }: TrainingState, inputs: readonly string[]): Feeds {
  expectNumbers(liteParameters(), weights, "the state to go on from");
  for (const averages of [first, second])
    expectNumbers(distilParameters(), averages, "the state to go on from");
  const feeds: Record<string, Tensor> = { ...liteFeeds(weights) };
  for (const { name, shape } of distilParameters()) {
    feeds[trainingNames.first(name)] = tensor(first.get(name)!, shape);
    feeds[trainingNames.second(name)] = tensor(second.get(name)!, shape);
  }
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => inputs.includes(name)));
}
