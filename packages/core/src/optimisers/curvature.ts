import type { OptimiserState } from "./optimiser.ts";
import type { SavedState } from "./savedState.ts";
import {
  clearAt,
  combineThenDot,
  dot,
  dotAt,
  subtract,
  subtractThenDot,
} from "../algebra/vector.ts";

/** One step s = x₂ − x₁ and the change of the gradient over it, y = g₂ − g₁. */
interface Pair {
  readonly s: Float32Array;
  readonly y: Float32Array;
  /** s · y. */
  sy: number;
}

/** A point with its gradient. */
interface PointWithGradient {
  readonly x: Float32Array;
  readonly gradient: Float32Array;
}

// A smaller s · y says nothing about curvature (PyTorch's and Lua's threshold).
const MIN_CURVATURE = 1e-10;

/**
 * The last m steps of a minimisation, from which L-BFGS guesses the inverse Hessian H: memory for
 * 2 m + 2 vectors in float32, sums in float64.
 *
 * Source: Nocedal 1980; Nocedal and Wright, Numerical Optimization, algorithm 7.4.
 */
export class CurvaturePairs {
  readonly #capacity: number;
  /** Oldest first. */
  readonly #pairs: Pair[] = [];
  #spare: Pair | undefined;

  /** @param capacity - most pairs kept, m */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many pairs are kept now. */
  get count(): number {
    return this.#pairs.length;
  }

  /** Forgets all pairs. */
  clear(): void {
    this.#pairs.length = 0;
    this.#spare = undefined;
  }

  /** All pairs, not copied. */
  save(): OptimiserState {
    const vectors: Record<string, Float32Array> = {};
    const numbers: Record<string, number> = { pairs: this.#pairs.length };
    for (const [i, { s, y, sy }] of this.#pairs.entries()) {
      vectors[`s${i}`] = s;
      vectors[`y${i}`] = y;
      numbers[`sy${i}`] = sy;
    }
    return { vectors, numbers };
  }

  /**
   * Takes over what {@link CurvaturePairs.save} gave.
   *
   * @throws {OptionError} if a pair is missing, not finite, or of no use
   */
  restore(saved: SavedState): void {
    const pairs = Array.from({ length: saved.count("pairs", this.#capacity) }, (_, i) => ({
      s: saved.vector(`s${i}`),
      y: saved.vector(`y${i}`),
      sy: saved.number(`sy${i}`, `a number above ${MIN_CURVATURE}`, (sy) => sy > MIN_CURVATURE),
    }));
    this.clear();
    this.#pairs.push(...pairs);
  }

  /**
   * Takes in the step between two points unless s · y ≤ 1e-10; the oldest pair makes room.
   *
   * @returns the largest |sᵢ|
   */
  add(from: PointWithGradient, to: PointWithGradient): number {
    const pair = this.#spare ?? emptyPair(from.x.length);
    this.#spare = undefined;
    const largest = subtract(to.x, from.x, pair.s);
    pair.sy = subtractThenDot(to.gradient, from.gradient, pair.y, pair.s);
    if (!(pair.sy > MIN_CURVATURE)) {
      this.#spare = pair;
      return largest;
    }
    this.#pairs.push(pair);
    if (this.#pairs.length > this.#capacity) this.#spare = this.#pairs.shift();
    return largest;
  }

  /**
   * Writes the quasi-Newton direction −H g: two loops over the pairs, newest to oldest and back.
   *
   * With held variables the direction is that of the problem in which they do not exist: pairs are
   * cut down to the free variables, those that then have s · y ≤ 1e-10 are left out, and the
   * direction is 0 at the held ones (Schmidt's minConf_TMP).
   *
   * @param direction - written
   * @param held - ascending indices of variables that may not move
   * @returns the slope g · direction
   */
  direct(gradient: Float32Array, direction: Float32Array, held: Uint32Array): number {
    const slope = this.#applyInverse(gradient, direction, held);
    clearAt(held, direction);
    return slope;
  }

  /** `direction ← −H g` over the free variables; what it leaves at the held ones is no use. */
  #applyInverse(gradient: Float32Array, direction: Float32Array, held: Uint32Array): number {
    const combine = (beta: number, alpha: number, x: Float32Array, w: Float32Array): number =>
      combineThenDot(direction, beta, alpha, x, w, held);
    const pairs = this.#withoutHeld(held);
    const newest = pairs.at(-1);
    const oldest = pairs[0];
    if (newest === undefined || oldest === undefined) return combine(0, -1, gradient, gradient);

    const shares = new Float64Array(pairs.length);
    let product = combine(0, -1, gradient, newest.s);
    for (let k = pairs.length - 1; k >= 0; k--) {
      const { y, sy } = pairs[k]!;
      shares[k] = product / sy;
      product = combine(1, -shares[k]!, y, pairs[k - 1]?.s ?? oldest.y);
    }
    // The second loop starts from the H of the newest pair alone, (s · y) / (y · y).
    let gamma = newest.sy / dot(newest.y, newest.y, held);
    product *= gamma;
    for (let k = 0; k < pairs.length; k++) {
      const { s, sy } = pairs[k]!;
      product = combine(gamma, shares[k]! - product / sy, s, pairs[k + 1]?.y ?? gradient);
      gamma = 1;
    }
    return product;
  }

  #withoutHeld(held: Uint32Array): readonly Pair[] {
    if (held.length === 0) return this.#pairs;
    return this.#pairs
      .map(({ s, y, sy }) => ({ s, y, sy: sy - dotAt(held, s, y) }))
      .filter(({ sy }) => sy > MIN_CURVATURE);
  }
}

function emptyPair(length: number): Pair {
  return { s: new Float32Array(length), y: new Float32Array(length), sy: 0 };
}
