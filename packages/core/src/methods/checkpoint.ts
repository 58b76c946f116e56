import { OptionError } from "../errors.ts";
import { fitLongSide, type Size } from "../image/raster.ts";
import type { OptimiserState } from "../optimisers/index.ts";
import { isFiniteVector } from "../algebra/finite.ts";
import { damagedState, isCount } from "../optimisers/savedState.ts";
import type { Losses } from "./objective.ts";
import type { Plan } from "./plan.ts";

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

/**
 * Looks whether a state can be one of a plan, as it may come from a file that is damaged or changed. What
 * the optimiser has learnt is looked at by the optimiser, where it is restored.
 *
 * @throws {OptionError} if it cannot
 */
export function expectStateOf(plan: Plan, content: Size, state: OptimisationState): void {
  const { step, pixels, average, iteration, evaluations, seconds } = state;
  const stage = isCount(state.stage) ? plan.stages[state.stage] : undefined;
  const { width = 0, height = 0 } = stage ? fitLongSide(content, stage.longSide) : {};
  if (!stage || !isCount(step, stage.iterations) || pixels.length !== 3 * width * height)
    throw new OptionError(
      `the state to go on from is at step ${step} of scale ${state.stage + 1} with ${pixels.length / 3} pixels, which this plan does not have. Start anew.`,
    );
  const before = plan.stages.slice(0, state.stage);
  const most = before.reduce((sum, { iterations }) => sum + iterations, step);
  if (!isCount(iteration, most))
    throw damagedState(`its iteration is ${iteration}`, `a whole number from 0 to ${most}`);
  if (!isCount(evaluations))
    throw damagedState(`its number of evaluations is ${evaluations}`, "a whole number from 0");
  if (!(seconds >= 0 && Number.isFinite(seconds)))
    throw damagedState(`its time is ${seconds} s`, "a number from 0 up");
  if (!isFiniteVector(pixels)) throw damagedState("its pixels are not finite", "finite numbers");
  const averaged = plan.averaging !== undefined && step > 0;
  if (averaged !== (average !== undefined))
    throw damagedState(
      `it has ${average ? "an" : "no"} average of iterates`,
      averaged ? "one" : "none",
    );
  if (average === undefined) return;
  const { mean, updates } = average;
  if (!(updates >= 1 && isCount(updates, step)))
    throw damagedState(`its average is of ${updates} iterates`, `a whole number from 1 to ${step}`);
  if (mean.length !== pixels.length || !isFiniteVector(mean))
    throw damagedState("its average is no picture", `${pixels.length} finite numbers`);
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
