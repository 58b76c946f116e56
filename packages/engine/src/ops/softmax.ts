import { apply, defineOp } from "../graph/op.ts";
import { normaliseAxes } from "../graph/shapeRules.ts";
import type { Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";

/** The axis along which numbers sum to 1, counted from the front. */
export type SoftmaxAttributes = Readonly<{ axis: number }>;

/** Exponentials along an axis, divided by their sum. */
export const Softmax = defineOp<SoftmaxAttributes>({
  name: "Softmax",
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  emit: (emitter, inputs, _, { axis }) => emitter.node("Softmax", inputs, { axis }),
  vjp: ({ g, output: y, attributes: { axis }, ops }) => [
    () => {
      const mean = ops.reduceSum(ops.mul(g, y), { axes: [axis], keepDims: true });
      return ops.mul(y, ops.sub(g, mean));
    },
  ],
  meaning: ([x], { axis }) =>
    fillDense(x!.shape, (index) => {
      const line = Array.from({ length: x!.shape[axis]! }, (_, i) =>
        Math.exp(elementAt(x!, ...index.with(axis, i))),
      );
      return line[index[axis]!]! / line.reduce((sum, power) => sum + power, 0);
    }),
});

/**
 * `e^x / Σ e^x`, the sum taken along an axis; a negative one counts from the end.
 *
 * @throws {ShapeError} if there is no such axis
 */
export function softmax(x: Value, { axis }: SoftmaxAttributes): Value {
  return apply(Softmax, [x], { axis: normaliseAxes([axis], x.shape.length)[0]! });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link softmax} */
    readonly softmax: typeof softmax;
  }
}
