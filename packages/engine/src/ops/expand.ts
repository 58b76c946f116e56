import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { broadcastShapes, staticShape } from "../graph/shapeRules.ts";
import type { Value } from "../graph/value.ts";
import { broadcastAt, fillDense } from "../tensor/dense.ts";
import { equalShapes, formatShape, type Shape } from "../tensor/dim.ts";
import { int64 } from "../tensor/tensor.ts";

/** The shape to repeat to; known sizes only. */
export type ExpandAttributes = Readonly<{ shape: readonly number[] }>;

/** Repeats axes of length 1. Summing back is the gradient walk's business, as for all broadcasting. */
export const Expand = defineOp<ExpandAttributes>({
  name: "Expand",
  infer: ([x], { shape }) => {
    if (!equalShapes(broadcastShapes(x!.shape, shape), shape))
      throw new ShapeError(`cannot repeat ${formatShape(x!.shape)} to ${formatShape(shape)}.`);
    return { dtype: x!.dtype, shape };
  },
  emit: (emitter, [x], _, { shape }) =>
    emitter.node("Expand", [x!, emitter.constant(int64(shape))]),
  vjp: ({ g }) => [() => g],
  meaning: ([x], { shape }) => fillDense(shape, (index) => broadcastAt(x!, index)),
});

/**
 * Repeats axes of length 1, and adds leading axes, until `x` has the shape.
 *
 * @throws {ShapeError} if an axis has another length than 1 and the wanted one
 */
export function expand(x: Value, shape: Shape): Value {
  return apply(Expand, [x], { shape: staticShape(shape, "expand") });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link expand} */
    readonly expand: typeof expand;
  }
}
