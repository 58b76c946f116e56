import { FirstOrderOptimiser, type Update } from "./firstOrder.ts";

/**
 * Steps of equal length against the gradient: `x ← x − lr g / mean |g|`. Where the gradient is 0 `x`
 * stays. It keeps no vectors.
 *
 * Source: the program of Mordvintsev et al. 2015.
 */
export class NormalisedSteps extends FirstOrderOptimiser<never> {
  readonly name = "normalised";
  protected readonly kinds = {};

  protected update({ x, gradient, lr }: Update<never>): void {
    const mean = meanSize(gradient);
    if (mean === 0) return;
    for (let i = 0; i < x.length; i++) x[i]! -= (lr * gradient[i]!) / mean;
  }
}

/** Mean of the sizes of a gradient's components. */
export function meanSize(gradient: Float32Array): number {
  return gradient.reduce((sum, slope) => sum + Math.abs(slope), 0) / gradient.length;
}
