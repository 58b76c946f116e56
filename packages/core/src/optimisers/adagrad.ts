import { FirstOrderOptimiser } from "./firstOrder.ts";
import type { FirstOrderOptions, Update } from "./firstOrder.ts";

/**
 * Options of {@link Adagrad}. Steps shrink as 1/√t, so an image wants a large `lr`: 0.04 or more
 * for pixels in [0, 1].
 */
export type AdagradOptions = FirstOrderOptions;

// As in PyTorch and Lua's optim.
const EPS = 1e-10;

/**
 * Adagrad: `v ← v + g²`, `x ← x − lr g / (√v + 1e-10)`.
 *
 * Source: Duchi, Hazan, Singer 2011, diagonal form, as in PyTorch.
 */
export class Adagrad extends FirstOrderOptimiser<"v"> {
  readonly name = "adagrad";
  protected readonly kinds = { v: "nonNegative" } as const;

  protected update({ x, gradient, lr, vectors: { v } }: Update<"v">): void {
    for (let i = 0; i < x.length; i++) {
      const g = gradient[i]!;
      const vi = v[i]! + g * g;
      v[i] = vi;
      x[i]! -= (lr * g) / (Math.sqrt(vi) + EPS);
    }
  }
}
