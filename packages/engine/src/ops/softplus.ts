import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise smooth rectifier. */
export const Softplus = defineElementwise(
  "Softplus",
  // Written so that the exponential cannot overflow.
  (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  ({ g, inputs: [x], ops }) => [() => ops.mul(g, ops.sigmoid(x!))],
);

/** `log(1 + e^x)`. */
export function softplus(x: Value): Value {
  return apply(Softplus, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link softplus} */
    readonly softplus: typeof softplus;
  }
}
