import type { OptimiserState } from "../optimisers/index.ts";
import type { Losses } from "./objective.ts";

/** Where the work on a picture stands: all that is needed to go on as if it had never stopped. */
export interface OptimisationState {
  /** Number of the scale in the plan, from 0. */
  readonly stage: number;
  /** Steps done at that scale. */
  readonly step: number;
  /** The iterate, planar RGB of that scale's size. */
  readonly pixels: Float32Array;
  readonly optimiser: OptimiserState;
  /** Average of the iterates of that scale, where there is one. */
  readonly average?: { readonly mean: Float32Array; readonly updates: number };
  /** Steps done in all. */
  readonly iteration: number;
  /** Evaluations of the objective in all. */
  readonly evaluations: number;
  /** Losses of the latest evaluations: the point that the next step starts from may be among them. */
  readonly recent: readonly Losses[];
  /** Time that all of it took. */
  readonly seconds: number;
}

/** Who keeps states. */
export interface StateKeeper {
  /** Seconds that states are apart at least; 0 for one after every step. */
  readonly every: number;
  /** Keeps a state in place of the one before. Its arrays change once this has resolved. */
  save(state: OptimisationState): Promise<void>;
}

/** Saving may take this share of the time at most: a large picture's state is gigabytes. */
const largestShare = 0.1;

/** Decides when a state is kept. */
export class Checkpoints {
  readonly #keeper: StateKeeper | undefined;
  #last = performance.now();
  #pause: number;

  /** @param keeper - none if nothing is to be kept */
  constructor(keeper: StateKeeper | undefined) {
    this.#keeper = keeper;
    this.#pause = (keeper?.every ?? Infinity) * 1000;
  }

  /** Keeps a state if it is time to. */
  async saveIfDue(state: () => OptimisationState): Promise<void> {
    if (performance.now() - this.#last >= this.#pause) await this.save(state);
  }

  /** Keeps a state. */
  async save(state: () => OptimisationState): Promise<void> {
    if (this.#keeper === undefined) return;
    const started = performance.now();
    await this.#keeper.save(state());
    this.#last = performance.now();
    const wait = (this.#last - started) / largestShare;
    this.#pause = this.#keeper.every === 0 ? 0 : Math.max(1000 * this.#keeper.every, wait);
  }
}
