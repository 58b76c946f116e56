import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise rounding up. */
export const Ceil = defineElementwise("Ceil", (x) => Math.ceil(x), "no gradient");

/** The smallest whole number that is at least `x`. Has no gradient. */
export function ceil(x: Value): Value {
  return apply(Ceil, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link ceil} */
    readonly ceil: typeof ceil;
  }
}
