import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise rounding, halves to the even neighbour. */
export const Round = defineElementwise("Round", (x) => roundHalfToEven(x), "no gradient");

/** The nearest whole number, of two equally near ones the even one. Has no gradient. */
export function round(x: Value): Value {
  return apply(Round, [x], {});
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link round} */
    readonly round: typeof round;
  }
}
