import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";

/** Elementwise square root. Its gradient at 0 is infinite: add a small number before it. */
export const Sqrt = defineElementwise(
  "Sqrt",
  (x) => Math.sqrt(x),
  ({ g, output, ops }) => [() => ops.div(ops.mul(g, constant(0.5)), output)],
);

/** `√x`. The gradient at 0 is infinite: add a small number before it. */
export function sqrt(x: Value): Value {
  return apply(Sqrt, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link sqrt} */
    readonly sqrt: typeof sqrt;
  }
}
