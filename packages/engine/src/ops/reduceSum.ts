import { apply } from "../graph/op.ts";
import {
  defineReduction,
  reductionAttributes,
  shapeWithOnes,
  type ReductionOptions,
} from "../graph/reduction.ts";
import type { Value } from "../graph/value.ts";

/** Sum over axes. */
export const ReduceSum = defineReduction(
  "ReduceSum",
  (elements) => elements.reduce((sum, element) => sum + element, 0),
  ({ g, inputs: [x], attributes: { axes }, ops }) => [
    () => ops.expand(ops.reshape(g, shapeWithOnes(x!.shape, axes)), x!.shape),
  ],
);

/** Sum over the given axes, or over all. */
export function reduceSum(x: Value, options: ReductionOptions = {}): Value {
  return apply(ReduceSum, [x], reductionAttributes(x, options));
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link reduceSum} */
    readonly reduceSum: typeof reduceSum;
  }
}
