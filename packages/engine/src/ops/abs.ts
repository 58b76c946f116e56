import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";

/** Elementwise absolute value. Its gradient at the kink is 0. */
export const Abs = defineElementwise(
  "Abs",
  (x) => Math.abs(x),
  ({ g, inputs: [x], ops }) => [
    () => {
      // 0, ½ or 1 by the sign of x: a step as in the gradient of Relu.
      const step = ops.hardSigmoid(x!, { alpha: 1e30, beta: 0.5 });
      return ops.mul(g, ops.sub(ops.mul(step, constant(2)), constant(1)));
    },
  ],
);

/** `|x|`. */
export function abs(x: Value): Value {
  return apply(Abs, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link abs} */
    readonly abs: typeof abs;
  }
}
