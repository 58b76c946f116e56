import { OptionError } from "../errors.ts";
import type { Bounds } from "./optimiser.ts";

/**
 * The bounds rounded to float32, so that a variable moved to a bound compares equal to it;
 * undefined where there are none.
 *
 * @throws {OptionError} if a bound is NaN or the lower one is not below the upper one
 */
export function checkBounds(bounds: Bounds | undefined): Bounds | undefined {
  if (bounds === undefined) return undefined;
  const { lower, upper } = bounds;
  if (!(Math.fround(lower) < Math.fround(upper)))
    throw new OptionError(`bounds: expected lower < upper, got lower ${lower} and upper ${upper}.`);
  return { lower: Math.fround(lower), upper: Math.fround(upper) };
}

/** Moves every variable to the nearest point within the bounds, in place. */
export function project(x: Float32Array, { lower, upper }: Bounds): void {
  for (let i = 0; i < x.length; i++) {
    const xi = x[i]!;
    if (xi < lower) x[i] = lower;
    else if (xi > upper) x[i] = upper;
  }
}

/** What {@link projectGradient} finds. */
export interface ProjectedGradient {
  /** Ascending indices of the held variables. */
  readonly held: Uint32Array;
  /** Euclidean norm of the gradient over the others. */
  readonly gradientNorm: number;
  /** Its largest component there. */
  readonly largest: number;
  /** Sum of the sizes of its components there. */
  readonly sum: number;
}

/**
 * Finds the variables that are held, those that lie on a bound while the gradient pushes them further
 * out (Bertsekas 1982, the set I⁺), and norms of the gradient over all others, in one walk over memory.
 *
 * @param buffer - as long as `x`, or empty where there are no bounds; `held` is a view of its start
 */
export function projectGradient(
  x: Float32Array,
  gradient: Float32Array,
  buffer: Uint32Array,
  bounds: Bounds = { lower: -Infinity, upper: Infinity },
): ProjectedGradient {
  let count = 0;
  let largest = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < x.length; i++) {
    const g = gradient[i]!;
    if (isHeld(x[i]!, g, bounds)) {
      buffer[count++] = i;
      continue;
    }
    const size = Math.abs(g);
    if (size > largest) largest = size;
    sum += size;
    squares += size * size;
  }
  return { held: buffer.subarray(0, count), gradientNorm: Math.sqrt(squares), largest, sum };
}

function isHeld(x: number, gradient: number, { lower, upper }: Bounds): boolean {
  return (x <= lower && gradient > 0) || (x >= upper && gradient < 0);
}

/** Euclidean norm of the projected gradient: components of held variables count as 0. */
export function projectedNorm(x: Float32Array, gradient: Float32Array, bounds: Bounds): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const g = gradient[i]!;
    if (!isHeld(x[i]!, g, bounds)) sum += g * g;
  }
  return Math.sqrt(sum);
}

/**
 * Sets to 0 what would move a variable that lies on a bound further out. The slope cannot rise by
 * it where held variables are 0 already: a free variable on a bound is pulled inwards by the
 * gradient, so a direction outwards works against the gradient (Bertsekas 1982, proposition 1).
 *
 * @returns whether the direction was changed
 */
export function block(x: Float32Array, direction: Float32Array, bounds: Bounds): boolean {
  const { lower, upper } = bounds;
  let changed = false;
  for (let i = 0; i < x.length; i++) {
    const di = direction[i]!;
    if ((x[i]! <= lower && di < 0) || (x[i]! >= upper && di > 0)) {
      direction[i] = 0;
      changed = true;
    }
  }
  return changed;
}
