import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise comparison for equality. */
export const Equal = defineElementwise("Equal", (a, b) => Number(a === b), "no gradient", {
  result: "bool",
});

/** `a = b` by elements, as bool, with broadcasting. Has no gradient. */
export function equal(a: Value, b: Value): Value {
  return apply(Equal, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link equal} */
    readonly equal: typeof equal;
  }
}
