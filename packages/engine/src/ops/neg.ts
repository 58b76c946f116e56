import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise negation. */
export const Neg = defineElementwise(
  "Neg",
  (x) => -x,
  ({ g, ops }) => [() => ops.neg(g)],
);

/** `-x`. */
export function neg(x: Value): Value {
  return apply(Neg, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link neg} */
    readonly neg: typeof neg;
  }
}
