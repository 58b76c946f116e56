import { FirstOrderOptimiser } from "./firstOrder.ts";
import type { FirstOrderOptions, Update } from "./firstOrder.ts";

/** Options of {@link NormalisedSteps}. */
export interface NormalisedStepsOptions extends FirstOrderOptions {
  /** What the gradient goes through first, in place; nothing if left out. */
  readonly filter?: ((gradient: Float32Array) => void) | undefined;
}

/**
 * Steps of equal length against the gradient: `x ← x − lr g / mean |g|`. Where the gradient is 0 `x`
 * stays. It keeps no vectors.
 *
 * Source: the program of Mordvintsev et al. 2015.
 */
export class NormalisedSteps extends FirstOrderOptimiser<never> {
  readonly name = "normalised";
  protected readonly kinds = {};
  readonly #filter: NormalisedStepsOptions["filter"];

  /** @throws {OptionError} if an option is out of its range */
  constructor({ filter, ...options }: NormalisedStepsOptions) {
    super(options);
    this.#filter = filter;
  }

  protected update({ x, gradient, lr }: Update<never>): void {
    this.#filter?.(gradient);
    const mean = gradient.reduce((sum, slope) => sum + Math.abs(slope), 0) / gradient.length;
    if (mean === 0) return;
    for (let i = 0; i < x.length; i++) x[i]! -= (lr * gradient[i]!) / mean;
  }
}
