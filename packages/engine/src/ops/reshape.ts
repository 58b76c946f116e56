import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";
import { dense } from "../tensor/dense.ts";
import { equalDims, equalShapes, formatShape, mulDims, type Shape } from "../tensor/dim.ts";
import { int64 } from "../tensor/tensor.ts";

/** The shape to read the same elements in. */
export type ReshapeAttributes = Readonly<{ shape: Shape }>;

/** Reads the same elements, in the same order, as another shape. */
export const Reshape = defineOp<ReshapeAttributes>({
  name: "Reshape",
  infer: ([x], { shape }) => {
    if (!equalDims(mulDims(...x!.shape), mulDims(...shape)))
      throw new ShapeError(
        `${formatShape(x!.shape)} and ${formatShape(shape)} hold different numbers of elements.`,
      );
    return { dtype: x!.dtype, shape };
  },
  emit: (emitter, [x], { inputs: [source] }, { shape }) =>
    emitter.node("Reshape", [x!, emitter.constant(int64(onnxShape(source!.shape, shape)))]),
  vjp: ({ g, inputs: [x], ops }) => [() => ops.reshape(g, x!.shape)],
  meaning: ([x], _, { shape }) => dense(shape as number[], x!.data),
});

/**
 * Reads the elements of `x` as another shape.
 *
 * @throws {ShapeError} if the number of elements differs
 */
export function reshape(x: Value, shape: Shape): Value {
  return equalShapes(x.shape, shape) ? x : apply(Reshape, [x], { shape });
}

/** ONNX says 0 for "as in the input" and −1 for "whatever remains": enough for one unknown size. */
function onnxShape(from: Shape, to: Shape): readonly number[] {
  const dims = to.map((dim, axis) => {
    if (typeof dim === "number") return dim;
    return from[axis] !== undefined && equalDims(from[axis], dim) ? 0 : -1;
  });
  if (dims.filter((dim) => dim === -1).length > 1)
    throw new ShapeError(
      `Reshape from ${formatShape(from)} to ${formatShape(to)} moves two symbolic sizes at once. Split it in two.`,
    );
  return dims;
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link reshape} */
    readonly reshape: typeof reshape;
  }
}
