import { OptionError } from "../errors.ts";
import { FirstOrderOptimiser } from "./firstOrder.ts";
import type { FirstOrderOptions, Update } from "./firstOrder.ts";

/**
 * Options of {@link Sgd}. `lr` has no default, since the size of the gradient depends on the unit
 * of the loss. A good start is (smallest visible change of a pixel) / (mean |g| at the start).
 */
export interface SgdOptions extends FirstOrderOptions {
  /** How much of the last velocity is kept, 0 ≤ momentum < 1. Default 0.9. */
  readonly momentum?: number;
  /** Whether to look ahead along the velocity. Default false. */
  readonly nesterov?: boolean;
}

/**
 * Gradient descent with momentum: `v ← momentum v + g`, `x ← x − lr v`; with Nesterov's
 * look-ahead `x ← x − lr (g + momentum v)`.
 *
 * Source: PyTorch's form of Sutskever et al. 2013, without dampening: `lr` multiplies the velocity
 * and not the gradient, so a change of `lr` acts on the whole velocity at once.
 */
export class Sgd extends FirstOrderOptimiser<"velocity"> {
  readonly name = "sgd";
  protected readonly kinds = { velocity: "signed" } as const;
  readonly #momentum: number;
  readonly #nesterov: boolean;

  /** @throws {OptionError} if an option is out of its range */
  constructor({ momentum = 0.9, nesterov = false, ...options }: SgdOptions) {
    super(options);
    if (!(momentum >= 0 && momentum < 1))
      throw new OptionError(`momentum: expected a number from 0 to below 1, got ${momentum}.`);
    this.#momentum = momentum;
    this.#nesterov = nesterov;
  }

  protected update({ x, gradient, lr, vectors: { velocity } }: Update<"velocity">): void {
    const momentum = this.#momentum;
    const nesterov = this.#nesterov;
    for (let i = 0; i < x.length; i++) {
      const g = gradient[i]!;
      const v = momentum * velocity[i]! + g;
      velocity[i] = v;
      x[i]! -= lr * (nesterov ? g + momentum * v : v);
    }
  }
}
