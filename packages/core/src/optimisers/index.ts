import { Adagrad } from "./adagrad.ts";
import type { AdagradOptions } from "./adagrad.ts";
import { Adam } from "./adam.ts";
import type { AdamOptions } from "./adam.ts";
import { Lbfgs } from "./lbfgs.ts";
import type { LbfgsOptions } from "./lbfgs.ts";
import { Sgd } from "./sgd.ts";
import type { SgdOptions } from "./sgd.ts";

/** Every optimiser by name. */
export const optimisers = {
  /** Limited-memory BFGS, the default for pictures. */
  lbfgs: (options?: LbfgsOptions) => new Lbfgs(options),
  /** Adam. */
  adam: (options?: AdamOptions) => new Adam(options),
  /** Gradient descent with momentum. */
  sgd: (options: SgdOptions) => new Sgd(options),
  /** Adagrad. */
  adagrad: (options: AdagradOptions) => new Adagrad(options),
} as const;

/** Name of an optimiser. */
export type OptimiserName = keyof typeof optimisers;

/** Options of the optimiser of this name. */
export type OptimiserOptions<N extends OptimiserName> = NonNullable<
  Parameters<(typeof optimisers)[N]>[0]
>;

export { Adagrad, Adam, Lbfgs, Sgd };
export type { AdagradOptions, AdamOptions, LbfgsOptions, SgdOptions };
export { BoundedSteps } from "./boundedSteps.ts";
export type { BoundedStepsOptions } from "./boundedSteps.ts";
export { NormalisedSteps } from "./normalisedSteps.ts";
export { IterateAverage } from "./average.ts";
export { FirstOrderOptimiser } from "./firstOrder.ts";
export type { FirstOrderOptions, FirstOrderState, Update } from "./firstOrder.ts";
export type {
  Bounds,
  Evaluation,
  Objective,
  Optimiser,
  OptimiserState,
  Resample,
  StateKind,
  StepOptions,
  StepResult,
  StepStatus,
} from "./optimiser.ts";
export { constant, cosine, exponentialDecay, stepDecay, warmUp } from "./schedule.ts";
export type { Schedule } from "./schedule.ts";
