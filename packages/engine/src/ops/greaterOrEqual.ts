import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise comparison: at least as large. */
export const GreaterOrEqual = defineElementwise(
  "GreaterOrEqual",
  (a, b) => Number(a >= b),
  "no gradient",
  {
    result: "bool",
  },
);

/** `a >= b` by elements, as bool, with broadcasting. Has no gradient. */
export function greaterOrEqual(a: Value, b: Value): Value {
  return apply(GreaterOrEqual, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link greaterOrEqual} */
    readonly greaterOrEqual: typeof greaterOrEqual;
  }
}
