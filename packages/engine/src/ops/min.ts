import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise smaller one of two. Where both are equal, each gets half of the gradient. */
export const Min = defineElementwise(
  "Min",
  (a, b) => Math.min(a, b),
  ({ g, inputs: [a, b], ops }) => {
    // 0, ½ or 1 as x is larger, equal or smaller: a step as in the gradient of Relu.
    const share = (x: Value, other: Value): Value =>
      ops.mul(g, ops.hardSigmoid(ops.sub(other, x), { alpha: 1e30, beta: 0.5 }));
    return [() => share(a!, b!), () => share(b!, a!)];
  },
);

/** The smaller of `a` and `b` by elements, with broadcasting. Equal ones share the gradient. */
export function min(a: Value, b: Value): Value {
  return apply(Min, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link min} */
    readonly min: typeof min;
  }
}
