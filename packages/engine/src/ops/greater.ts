import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise comparison: larger. */
export const Greater = defineElementwise("Greater", (a, b) => Number(a > b), "no gradient", {
  result: "bool",
});

/** `a > b` by elements, as bool, with broadcasting. Has no gradient. */
export function greater(a: Value, b: Value): Value {
  return apply(Greater, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link greater} */
    readonly greater: typeof greater;
  }
}
