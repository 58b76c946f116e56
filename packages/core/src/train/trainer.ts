import {
  tensor,
  tensorOf,
  type Feeds,
  type Program,
  type Runtime,
  type Tensor,
} from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import type { Raster } from "../image/raster.ts";
import type { Targets } from "../methods/objective.ts";
import { expectNumbers, networkParameters, type NetworkWeights } from "../nets/architecture.ts";
import { adamRates } from "./adam.ts";
import type { Batch } from "./batches.ts";
import {
  trainedParameters,
  trainingGraph,
  trainingNames,
  validationGraph,
  type TrainingPlan,
} from "./trainingGraph.ts";

/** Everything that training goes on from: same state, same photos, same result. */
export interface TrainingState {
  /** Updates of the weights so far. */
  readonly iteration: number;
  readonly weights: NetworkWeights;
  /** Adam's running averages of gradients and of their squares, for each trained parameter. */
  readonly first: NetworkWeights;
  /** See `first`. */
  readonly second: NetworkWeights;
}

/** What one update of the weights came to. */
export interface TrainingLosses {
  /** What is minimised. */
  readonly total: number;
  /** Each term by name, before its weight. */
  readonly terms: Readonly<Record<string, number>>;
  /** Euclidean norm of the gradient by all trained numbers. */
  readonly gradientNorm: number;
  /** Whether the gradient was not finite, and nothing was changed. */
  readonly skipped: boolean;
}

/** The state before the first update. */
export function initialState(plan: TrainingPlan, weights: NetworkWeights): TrainingState {
  const zeros = (): NetworkWeights =>
    new Map(
      trainedParameters(plan).map(({ name }) => [
        name,
        new Float32Array(weights.get(name)!.length),
      ]),
    );
  return { iteration: 0, weights, first: zeros(), second: zeros() };
}

/** A network that learns, on a device: weights and Adam's averages stay there between steps. */
export class Trainer {
  readonly #plan: TrainingPlan;
  readonly #program: Program;
  #iteration: number;

  private constructor(plan: TrainingPlan, program: Program, iteration: number) {
    this.#plan = plan;
    this.#program = program;
    this.#iteration = iteration;
  }

  /**
   * Compiles the step and hands state and targets to the device.
   *
   * @param targets - from {@link styleTables}
   */
  static async start(
    runtime: Runtime,
    plan: TrainingPlan,
    targets: Targets,
    state: TrainingState,
  ): Promise<Trainer> {
    const graph = trainingGraph(plan);
    const carry = Object.fromEntries(
      Object.keys(graph.outputs)
        .filter((name) => name.startsWith(trainingNames.next("")))
        .map((name) => [name, name.slice(trainingNames.next("").length)]),
    );
    const program = await runtime.compile(graph, { carry });
    await program.bind({ ...targets, ...stateFeeds(plan, state) });
    return new Trainer(plan, program, state.iteration);
  }

  /** Updates of the weights so far. */
  get iteration(): number {
    return this.#iteration;
  }

  /**
   * One update of the weights.
   *
   * @param batches - as many as gradients are accumulated over
   * @throws {OptionError} if it is another number of batches
   */
  async update(batches: readonly Batch[], learningRate: number): Promise<TrainingLosses> {
    const { accumulate } = this.#plan;
    if (batches.length !== accumulate)
      throw new OptionError(`an update takes ${accumulate} batches; got ${batches.length}.`);
    const { rate, epsilon } = adamRates(learningRate, this.#iteration + 1);
    const losses: TrainingLosses[] = [];
    for (const [i, batch] of batches.entries()) {
      const moves = tensorOf("bool", Uint8Array.of(Number(i === accumulate - 1)), []);
      const result = await this.#program.run({
        ...batch,
        rate: tensor([rate], []),
        epsilon: tensor([epsilon], []),
        ...(accumulate > 1 && { moves }),
      });
      losses.push(lossesOf(result));
    }
    this.#iteration++;
    return meanLosses(losses);
  }

  /** The network's numbers as they are now. */
  async weights(): Promise<NetworkWeights> {
    const names = networkParameters(this.#plan.architecture).map(({ name }) => name);
    return this.#read(names, trainingNames.parameter);
  }

  /** All that is needed to go on later. */
  async state(): Promise<TrainingState> {
    const trained = trainedParameters(this.#plan).map(({ name }) => name);
    return {
      iteration: this.#iteration,
      weights: await this.weights(),
      first: await this.#read(trained, trainingNames.first),
      second: await this.#read(trained, trainingNames.second),
    };
  }

  /** Gives the program back. */
  async dispose(): Promise<void> {
    await this.#program.dispose();
  }

  async #read(
    names: readonly string[],
    inputName: (name: string) => string,
  ): Promise<NetworkWeights> {
    const found = await this.#program.read(names.map(inputName));
    const entries = names.map((name) => {
      const { data } = found[inputName(name)]!;
      return [name, (data as Float32Array).slice()] as const;
    });
    return new Map(entries);
  }
}

/** What a network does to photos that it is not trained on. */
export interface Validation extends Pick<TrainingLosses, "total" | "terms"> {
  /** Each photo and what the network makes of it; values may leave [0, 1] a little. */
  readonly pictures: readonly { readonly photo: Raster; readonly stylized: Raster }[];
}

/** Measures a network on photos that it is not trained on. */
export class Validator {
  readonly #plan: TrainingPlan;
  readonly #program: Program;
  readonly #batches: readonly Batch[];

  private constructor(plan: TrainingPlan, program: Program, batches: readonly Batch[]) {
    this.#plan = plan;
    this.#program = program;
    this.#batches = batches;
  }

  /**
   * Compiles the measurement and hands the targets to the device.
   *
   * @param targets - from {@link styleTables}
   * @param batches - the photos, always the same ones
   */
  static async start(
    runtime: Runtime,
    plan: TrainingPlan,
    targets: Targets,
    batches: readonly Batch[],
  ): Promise<Validator> {
    const program = await runtime.compile(validationGraph(plan));
    await program.bind(targets);
    return new Validator(plan, program, batches);
  }

  /** Mean losses, and the photos beside what the network makes of them. */
  async measure(weights: NetworkWeights): Promise<Validation> {
    await this.#program.bind(weightFeeds(this.#plan, weights));
    const losses: TrainingLosses[] = [];
    const pictures: Validation["pictures"][number][] = [];
    for (const { photos, mixture } of this.#batches) {
      const result = await this.#program.run({ photos, mixture });
      losses.push(lossesOf(result));
      const stylized = rastersOf(result["stylized"]!);
      rastersOf(photos).forEach((photo, i) => pictures.push({ photo, stylized: stylized[i]! }));
    }
    const { total, terms } = meanLosses(losses);
    return { total, terms, pictures };
  }

  /** Gives the program back. */
  async dispose(): Promise<void> {
    await this.#program.dispose();
  }
}

/**
 * Statistics of paintings as tables that a training program is fed with.
 *
 * @param paintings - statistics of each painting from `measureStatistics`, in the order of the
 *   network's styles
 * @returns `[styles, numbers]` for each statistic
 */
export function styleTables(paintings: readonly Targets[]): Targets {
  const entries = Object.entries(paintings[0]!).map(([name, { data }]) => {
    const table = new Float32Array(paintings.length * data.length);
    for (const [i, painting] of paintings.entries())
      table.set(painting[name]!.data as Float32Array, i * data.length);
    return [name, tensor(table, [paintings.length, data.length])] as const;
  });
  return Object.fromEntries(entries);
}

/** The images of a batch `[n, 3, h, w]`. */
function rastersOf({ shape, data }: Tensor): Raster[] {
  const [n, , height, width] = shape as readonly [number, number, number, number];
  const size = 3 * height * width;
  return Array.from({ length: n }, (_, i) => ({
    width,
    height,
    data: (data as Float32Array).slice(i * size, (i + 1) * size),
  }));
}

/** @throws {OptionError} if the state, which may come from a file, is not that of the plan */
function stateFeeds(plan: TrainingPlan, { weights, first, second }: TrainingState): Feeds {
  expectNumbers(networkParameters(plan.architecture), weights, stateName);
  for (const averages of [first, second])
    expectNumbers(trainedParameters(plan), averages, stateName);
  const feeds: Record<string, Tensor> = { ...weightFeeds(plan, weights) };
  for (const { name, shape } of trainedParameters(plan)) {
    feeds[trainingNames.first(name)] = tensor(first.get(name)!, shape);
    feeds[trainingNames.second(name)] = tensor(second.get(name)!, shape);
    if (plan.accumulate > 1)
      feeds[trainingNames.sum(name)] = tensor(new Float32Array(weights.get(name)!.length), shape);
  }
  return feeds;
}

const stateName = "the state to go on from";

function weightFeeds({ architecture }: TrainingPlan, weights: NetworkWeights): Feeds {
  const entries = networkParameters(architecture).map(
    ({ name, shape }) =>
      [trainingNames.parameter(name), tensor(weights.get(name)!, shape)] as const,
  );
  return Object.fromEntries(entries);
}

function lossesOf(result: Readonly<Record<string, Tensor>>): TrainingLosses {
  const number = (name: string): number => Number(result[name]!.data[0]);
  const terms = Object.keys(result)
    .filter((name) => name.startsWith("loss."))
    .map((name) => [name.slice("loss.".length), number(name)] as const);
  const squaredNorm = "squaredNorm" in result ? number("squaredNorm") : 0;
  return {
    total: number("total"),
    terms: Object.fromEntries(terms),
    gradientNorm: Math.sqrt(squaredNorm),
    skipped: !Number.isFinite(squaredNorm),
  };
}

function meanLosses(losses: readonly TrainingLosses[]): TrainingLosses {
  const mean = (of: (loss: TrainingLosses) => number): number =>
    losses.reduce((sum, loss) => sum + of(loss), 0) / losses.length;
  const terms = Object.keys(losses[0]!.terms).map(
    (name) => [name, mean((loss) => loss.terms[name]!)] as const,
  );
  return {
    total: mean(({ total }) => total),
    terms: Object.fromEntries(terms),
    gradientNorm: mean(({ gradientNorm }) => gradientNorm),
    skipped: losses.some(({ skipped }) => skipped),
  };
}
