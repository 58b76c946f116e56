import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { normaliseAxes } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { equalShapes, formatShape } from "../tensor/dim.ts";

/** The axis that indices point into, counted from the front. */
export type GatherElementsAttributes = Readonly<{ axis: number }>;

/** One element picked along an axis for each index. */
export const GatherElements = defineOp<GatherElementsAttributes>({
  name: "GatherElements",
  infer: ([x, indices], { axis }) => {
    const fits = equalShapes(x!.shape.toSpliced(axis, 1), indices!.shape.toSpliced(axis, 1));
    if (indices!.dtype !== "int64" || !fits)
      throw new ShapeError(
        `indices must be int64 of the data's shape ${formatShape(x!.shape)} on all axes but ${axis}; got ${indices!.dtype} ${formatShape(indices!.shape)}.`,
      );
    return { dtype: x!.dtype, shape: indices!.shape };
  },
  emit: (emitter, inputs, _, { axis }) => emitter.node("GatherElements", inputs, { axis }),
  vjp: ({ g, inputs: [x, indices], attributes, ops }) => [
    () => ops.scatterAdd(ops.expand(constant(0), x!.shape), indices!, g, attributes),
    "no gradient",
  ],
  meaning: ([x, indices], { axis }, { shape }) =>
    fillDense(shape as readonly number[], (index) => {
      const at = elementAt(indices!, ...index);
      return elementAt(x!, ...index.with(axis, at < 0 ? at + x!.shape[axis]! : at));
    }),
});

/**
 * Picks elements of `x` along an axis: element `p` of the result is that of `x` at `p`, with `p`'s
 * place on the axis replaced by `indices[p]`. Negative indices and a negative axis count from the end.
 *
 * @param indices - int64, each from `-n` to `n - 1` for an axis of length `n`; of any length on the
 *   axis and of the length of `x` on the others
 * @throws {ShapeError} if `indices` does not fit or there is no such axis
 */
export function gatherElements(
  x: Value,
  indices: Value,
  { axis }: GatherElementsAttributes,
): Value {
  return apply(GatherElements, [x, indices], { axis: normaliseAxes([axis], x.shape.length)[0]! });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link gatherElements} */
    readonly gatherElements: typeof gatherElements;
  }
}
