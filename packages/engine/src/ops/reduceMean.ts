import { apply } from "../graph/op.ts";
import {
  defineReduction,
  reductionAttributes,
  shapeWithOnes,
  type ReductionOptions,
} from "../graph/reduction.ts";
import { staticShape } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { elementCount } from "../tensor/dim.ts";

/** Mean over axes. Only its gradient needs known sizes. */
export const ReduceMean = defineReduction(
  "ReduceMean",
  (elements) => elements.reduce((sum, element) => sum + element, 0) / elements.length,
  ({ g, inputs: [x], attributes: { axes }, ops }) => [
    () => {
      const shape = staticShape(x!.shape, "the gradient of ReduceMean");
      const count = elementCount(axes.map((axis) => shape[axis]!));
      const share = ops.mul(ops.reshape(g, shapeWithOnes(shape, axes)), constant(1 / count));
      return ops.expand(share, shape);
    },
  ],
);

/** Mean over the given axes, or over all. */
export function reduceMean(x: Value, options: ReductionOptions = {}): Value {
  return apply(ReduceMean, [x], reductionAttributes(x, options));
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link reduceMean} */
    readonly reduceMean: typeof reduceMean;
  }
}
