import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise sum. */
export const Add = defineElementwise(
  "Add",
  (a, b) => a + b,
  ({ g }) => [() => g, () => g],
);

/** `a + b`, with broadcasting. */
export function add(a: Value, b: Value): Value {
  return apply(Add, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link add} */
    readonly add: typeof add;
  }
}
