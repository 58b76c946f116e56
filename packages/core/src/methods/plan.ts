import type { Size } from "../image/raster.ts";
import type { Optimiser, Schedule } from "../optimisers/index.ts";
import type { Criterion } from "./criterion.ts";

/** How one scale is cut into tiles. */
export interface StageTiles {
  /** Largest side of a tile in pixels. */
  readonly side: number;
  /** Whether the photo's features are kept, or computed again for each evaluation. */
  readonly keepsFeatures: boolean;
}

/** One scale of the work. */
export interface Stage {
  /** Longer side in pixels. */
  readonly longSide: number;
  /** Steps of the optimiser. */
  readonly iterations: number;
  /** Whether {@link Plan.createSmoothOptimiser} takes the place of the usual optimiser. */
  readonly isSmooth?: boolean;
  /** Computed at once if left out. */
  readonly tiles?: StageTiles;
}

/** What a method decides before any number is computed. */
export interface Plan {
  /** Scales in the order of the work; each starts from the result of the one before. */
  readonly stages: readonly Stage[];
  readonly criterion: Criterion;
  /** A new optimiser; it is told where scales change. */
  createOptimiser(): Optimiser;
  /**
   * One that makes the most of few steps and needs few vectors of the picture's length, if there is another.
   * It is for one scale.
   */
  createSmoothOptimiser?(size: Size): Optimiser;
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
