import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";

/** Elementwise hyperbolic tangent. */
export const Tanh = defineElementwise(
  "Tanh",
  (x) => Math.tanh(x),
  ({ g, output, ops }) => [() => ops.mul(g, ops.sub(constant(1), ops.mul(output, output)))],
);

/** Hyperbolic tangent of `x`. */
export function tanh(x: Value): Value {
  return apply(Tanh, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link tanh} */
    readonly tanh: typeof tanh;
  }
}
