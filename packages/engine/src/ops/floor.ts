import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise rounding down. */
export const Floor = defineElementwise("Floor", (x) => Math.floor(x), "no gradient");

/** The largest whole number that is at most `x`. Has no gradient. */
export function floor(x: Value): Value {
  return apply(Floor, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link floor} */
    readonly floor: typeof floor;
  }
}
