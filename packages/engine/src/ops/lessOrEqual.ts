import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise comparison: at most as large. */
export const LessOrEqual = defineElementwise(
  "LessOrEqual",
  (a, b) => Number(a <= b),
  "no gradient",
  {
    result: "bool",
  },
);

/** `a <= b` by elements, as bool, with broadcasting. Has no gradient. */
export function lessOrEqual(a: Value, b: Value): Value {
  return apply(LessOrEqual, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link lessOrEqual} */
    readonly lessOrEqual: typeof lessOrEqual;
  }
}
