import { apply } from "../graph/op.ts";
import {
  defineReduction,
  reductionAttributes,
  shapeWithOnes,
  type ReductionOptions,
} from "../graph/reduction.ts";
import type { Value } from "../graph/value.ts";

/** Minimum over axes. Elements that are equally small share the gradient equally. */
export const ReduceMin = defineReduction(
  "ReduceMin",
  (elements) => elements.reduce((best, element) => Math.min(best, element), Infinity),
  ({ g, inputs: [x], output, attributes: { axes }, ops }) => [
    () => {
      const kept = shapeWithOnes(x!.shape, axes);
      const isBest = ops.cast(ops.equal(x!, ops.reshape(output, kept)), x!.dtype);
      const count = ops.reduceSum(isBest, { axes, keepDims: true });
      return ops.mul(isBest, ops.div(ops.reshape(g, kept), count));
    },
  ],
);

/** Minimum over the given axes, or over all. Equal ones share the gradient. */
export function reduceMin(x: Value, options: ReductionOptions = {}): Value {
  return apply(ReduceMin, [x], reductionAttributes(x, options));
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link reduceMin} */
    readonly reduceMin: typeof reduceMin;
  }
}
