import { OptionError } from "../errors.ts";
import { FirstOrderOptimiser } from "./firstOrder.ts";
import type { FirstOrderOptions, Update } from "./firstOrder.ts";

/** Options of {@link Adam}. */
export interface AdamOptions extends Partial<FirstOrderOptions> {
  /** Decay of the first moment, 0 ≤ b1 < 1. Default 0.9. */
  readonly b1?: number;
  /**
   * Decay of the second moment, 0 ≤ b2 < 1. Default 0.99: an image's gradient changes faster than
   * that of a network's weights, for which the paper's 0.999 is meant.
   */
  readonly b2?: number;
  /** Keeps the division finite, above 0. Default 1e-8. */
  readonly eps?: number;
}

/**
 * Adam: `m ← b1 m + (1 − b1) g`, `v ← b2 v + (1 − b2) g²`, both divided by `1 − bᵗ`, then
 * `x ← x − lr m̂ / (√v̂ + eps)`. A step is about `lr` in units of `x`, whatever the loss.
 *
 * Source: Kingma and Ba 2015, algorithm 1. The defaults lr 0.02 (for pixels in [0, 1]) and b2 0.99
 * are those of style-transfer-pytorch.
 */
export class Adam extends FirstOrderOptimiser<"m" | "v"> {
  readonly name = "adam";
  protected readonly kinds = { m: "signed", v: "nonNegative" } as const;
  readonly #b1: number;
  readonly #b2: number;
  readonly #eps: number;

  /** @throws {OptionError} if an option is out of its range */
  constructor({ lr = 0.02, b1 = 0.9, b2 = 0.99, eps = 1e-8, ...options }: AdamOptions = {}) {
    super({ lr, ...options });
    if (!(eps > 0)) throw new OptionError(`eps: expected a number above 0, got ${eps}.`);
    this.#b1 = checkDecay("b1", b1);
    this.#b2 = checkDecay("b2", b2);
    this.#eps = eps;
  }

  protected update({ x, gradient, lr, step, vectors: { m, v } }: Update<"m" | "v">): void {
    const b1 = this.#b1;
    const b2 = this.#b2;
    const eps = this.#eps;
    const rate = lr / (1 - b1 ** step);
    const correction = Math.sqrt(1 - b2 ** step);
    for (let i = 0; i < x.length; i++) {
      const g = gradient[i]!;
      const mi = b1 * m[i]! + (1 - b1) * g;
      const vi = b2 * v[i]! + (1 - b2) * g * g;
      m[i] = mi;
      v[i] = vi;
      x[i]! -= (rate * mi) / (Math.sqrt(vi) / correction + eps);
    }
  }
}

function checkDecay(name: string, decay: number): number {
  if (!(decay >= 0 && decay < 1))
    throw new OptionError(`${name}: expected a number from 0 to below 1, got ${decay}.`);
  return decay;
}
