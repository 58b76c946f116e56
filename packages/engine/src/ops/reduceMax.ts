import { apply } from "../graph/op.ts";
import {
  defineReduction,
  reductionAttributes,
  shapeWithOnes,
  type ReductionOptions,
} from "../graph/reduction.ts";
import type { Value } from "../graph/value.ts";

/** Maximum over axes. Elements that are equally large share the gradient equally. */
export const ReduceMax = defineReduction(
  "ReduceMax",
  (elements) => elements.reduce((best, element) => Math.max(best, element), -Infinity),
  ({ g, inputs: [x], output, attributes: { axes }, ops }) => [
    () => {
      const kept = shapeWithOnes(x!.shape, axes);
      const isBest = ops.cast(ops.equal(x!, ops.reshape(output, kept)), x!.dtype);
      const count = ops.reduceSum(isBest, { axes, keepDims: true });
      return ops.mul(isBest, ops.div(ops.reshape(g, kept), count));
    },
  ],
);

/** Maximum over the given axes, or over all. Equal ones share the gradient. */
export function reduceMax(x: Value, options: ReductionOptions = {}): Value {
  return apply(ReduceMax, [x], reductionAttributes(x, options));
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link reduceMax} */
    readonly reduceMax: typeof reduceMax;
  }
}
