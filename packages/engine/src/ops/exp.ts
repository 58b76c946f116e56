import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise exponential. */
export const Exp = defineElementwise(
  "Exp",
  (x) => Math.exp(x),
  ({ g, output, ops }) => [() => ops.mul(g, output)],
);

/** `e` to the power `x`. */
export function exp(x: Value): Value {
  return apply(Exp, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link exp} */
    readonly exp: typeof exp;
  }
}
