import { FirstOrderOptimiser, type Update } from "../optimisers/index.ts";

/**
 * Steps of equal length against the gradient: `x ← x − lr g / mean |g|`. Where the gradient is 0 `x`
 * stays.
 *
 * Source: the program of Mordvintsev et al. 2015.
 */
export class NormalisedSteps extends FirstOrderOptimiser<never> {
  readonly name = "normalised";
  protected readonly kinds = {};

  protected update({ x, gradient, lr }: Update<never>): void {
    const mean = gradient.reduce((sum, slope) => sum + Math.abs(slope), 0) / gradient.length;
    if (mean === 0) return;
    for (let i = 0; i < x.length; i++) x[i]! -= (lr * gradient[i]!) / mean;
  }
}
