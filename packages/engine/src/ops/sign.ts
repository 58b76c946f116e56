import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise sign: −1, 0 or 1. */
export const Sign = defineElementwise("Sign", (x) => Math.sign(x), "no gradient");

/** −1, 0 or 1, as `x` is negative, zero or positive. Has no gradient. */
export function sign(x: Value): Value {
  return apply(Sign, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link sign} */
    readonly sign: typeof sign;
  }
}
