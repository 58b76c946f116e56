import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise larger one of two. Where both are equal, each gets half of the gradient. */
export const Max = defineElementwise(
  "Max",
  (a, b) => Math.max(a, b),
  ({ g, inputs: [a, b], ops }) => {
    // 0, ½ or 1 as x is smaller, equal or larger: a step as in the gradient of Relu.
    const share = (x: Value, other: Value): Value =>
      ops.mul(g, ops.hardSigmoid(ops.sub(x, other), { alpha: 1e30, beta: 0.5 }));
    return [() => share(a!, b!), () => share(b!, a!)];
  },
);

/** The larger of `a` and `b` by elements, with broadcasting. Equal ones share the gradient. */
export function max(a: Value, b: Value): Value {
  return apply(Max, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link max} */
    readonly max: typeof max;
  }
}
