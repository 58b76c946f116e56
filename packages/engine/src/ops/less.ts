import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise comparison: smaller. */
export const Less = defineElementwise("Less", (a, b) => Number(a < b), "no gradient", {
  result: "bool",
});

/** `a < b` by elements, as bool, with broadcasting. Has no gradient. */
export function less(a: Value, b: Value): Value {
  return apply(Less, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link less} */
    readonly less: typeof less;
  }
}
