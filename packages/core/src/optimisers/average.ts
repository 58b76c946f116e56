import { ShapeError } from "@deepstyle/engine";
import { OptionError } from "../errors.ts";

/**
 * Running average of an optimiser's iterates, which removes the noise of a large step size: the
 * average is what is shown, saved and handed to the next scale.
 *
 * With `A ← d A + (1 − d) x` from A = 0, the average after k updates is `A / (1 − dᵏ)`. Kept here is
 * that quotient itself, `M ← M + (1 − d) / (1 − dᵏ) (x − M)`, which is the same number without a
 * division at read-out; after one update it is exactly x.
 *
 * Source: Polyak averaging with Adam's bias correction, as in style-transfer-pytorch.
 */
export class IterateAverage {
  readonly #decay: number;
  #mean: Float32Array | undefined;
  #updates = 0;

  /**
   * @param options - `decay`: d, 0 ≤ d < 1; the average looks back over about 1 / (1 − d) iterates.
   *   Default 0.99
   * @throws {OptionError} if `decay` is out of its range
   */
  constructor({ decay = 0.99 }: { readonly decay?: number } = {}) {
    if (!(decay >= 0 && decay < 1))
      throw new OptionError(`decay: expected a number from 0 to below 1, got ${decay}.`);
    this.#decay = decay;
  }

  /**
   * Takes in one iterate.
   *
   * @throws {ShapeError} if `x` is not as long as the iterates before
   */
  update(x: Float32Array): void {
    const mean = (this.#mean ??= new Float32Array(x.length));
    if (mean.length !== x.length)
      throw new ShapeError(
        `average: expected ${mean.length} numbers, got ${x.length}. Call reset() for a new vector.`,
      );
    this.#updates++;
    const weight = (1 - this.#decay) / (1 - this.#decay ** this.#updates);
    for (let i = 0; i < x.length; i++) mean[i]! += weight * (x[i]! - mean[i]!);
  }

  /** The average, not copied; undefined before the first update. */
  get value(): Float32Array | undefined {
    return this.#mean;
  }

  /** How many iterates were taken in. */
  get updates(): number {
    return this.#updates;
  }

  /** Goes on from an average that was saved; not copied. */
  restore(mean: Float32Array, updates: number): void {
    this.#mean = mean;
    this.#updates = updates;
  }

  /** Forgets all iterates; for the next scale. */
  reset(): void {
    this.#mean = undefined;
    this.#updates = 0;
  }
}
