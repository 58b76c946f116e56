import type { Optimiser, Schedule } from "../optimisers/index.ts";
import type { Criterion } from "./criterion.ts";

/** One scale of the work. */
export interface Stage {
  /** Longer side in pixels. */
  readonly longSide: number;
  /** Steps of the optimiser. */
  readonly iterations: number;
}

/** What a method decides before any number is computed. */
export interface Plan {
  /** Scales in the order of the work; each starts from the result of the one before. */
  readonly stages: readonly Stage[];
  readonly criterion: Criterion;
  /** A new optimiser; it is told where scales change. */
  createOptimiser(): Optimiser;
  /** Factor on the step size over all steps of a stage; constant if left out. */
  readonly schedule?: Schedule;
  /**
   * Decay of the running average that is shown and handed on; left out where the optimiser's own
   * iterates are calm enough.
   */
  readonly averaging?: number;
  /** Whether the optimiser's state grows with the picture from one scale to the next. */
  readonly keepsState: boolean;
}
