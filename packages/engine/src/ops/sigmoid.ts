import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";

/** Elementwise logistic function. */
export const Sigmoid = defineElementwise(
  "Sigmoid",
  (x) => 1 / (1 + Math.exp(-x)),
  ({ g, output, ops }) => [() => ops.mul(g, ops.mul(output, ops.sub(constant(1), output)))],
);

/** `1 / (1 + e^-x)`. */
export function sigmoid(x: Value): Value {
  return apply(Sigmoid, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link sigmoid} */
    readonly sigmoid: typeof sigmoid;
  }
}
