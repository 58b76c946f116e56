import type { Bounds } from "./optimiser.ts";
import { dot } from "../algebra/vector.ts";

/** The curve along which a line search looks, from where the optimiser stands. */
interface SearchPath {
  /**
   * Writes the point at step length t.
   *
   * @returns g₀ · (x(t) − x₀), the change of loss that the start's gradient predicts
   */
  goTo(t: number, point: Float32Array): number;
  /** Derivative of the loss by t at a point of the path, given the gradient there. */
  slopeAt(point: Float32Array, gradient: Float32Array): number;
}

/** Where a path starts, and in which direction. */
interface Departure {
  readonly x: Float32Array;
  readonly gradient: Float32Array;
  readonly direction: Float32Array;
  /** gradient · direction. */
  readonly slope: number;
}

/** x(t) = x + t d. */
export function straightPath({ x, direction, slope }: Departure): SearchPath {
  return {
    goTo(t, point) {
      for (let i = 0; i < x.length; i++) point[i] = x[i]! + t * direction[i]!;
      return t * slope;
    },
    slopeAt: (_point, gradient) => dot(gradient, direction),
  };
}

/**
 * x(t) = P(x + t d), P being the nearest point within the bounds: a path with a bend wherever a
 * variable reaches its bound. Its slope is the one to the right, without the variables that have
 * arrived.
 *
 * Source: Bertsekas 1982, Projected Newton methods for optimization problems with simple constraints.
 */
export function projectedPath(
  { x, gradient: startGradient, direction }: Departure,
  { lower, upper }: Bounds,
): SearchPath {
  return {
    goTo(t, point) {
      let predicted = 0;
      for (let i = 0; i < x.length; i++) {
        const xi = x[i]!;
        point[i] = Math.min(Math.max(xi + t * direction[i]!, lower), upper);
        predicted += startGradient[i]! * (point[i]! - xi);
      }
      return predicted;
    },
    slopeAt(point, gradient) {
      let slope = 0;
      for (let i = 0; i < point.length; i++) {
        const xi = point[i]!;
        if (xi > lower && xi < upper) slope += gradient[i]! * direction[i]!;
      }
      return slope;
    },
  };
}
