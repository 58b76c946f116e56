import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { normaliseAxes } from "../graph/shapeRules.ts";
import type { Value } from "../graph/value.ts";
import { dense, forEachIndex, stridesOf } from "../tensor/dense.ts";
import { equalShapes, formatShape } from "../tensor/dim.ts";

/** The axis that indices point into, counted from the front. */
export type ScatterAddAttributes = Readonly<{ axis: number }>;

/** Numbers added to the elements that indices point at; what meets at one element adds up. */
export const ScatterAdd = defineOp<ScatterAddAttributes>({
  name: "ScatterAdd",
  infer: ([data, indices, updates], { axis }) => {
    const fits =
      equalShapes(indices!.shape, updates!.shape) &&
      equalShapes(data!.shape.toSpliced(axis, 1), indices!.shape.toSpliced(axis, 1));
    if (indices!.dtype !== "int64" || updates!.dtype !== data!.dtype || !fits)
      throw new ShapeError(
        `indices (int64) and updates (${data!.dtype}) must have one shape, that of the data on all axes but ${axis}; got ${indices!.dtype} ${formatShape(indices!.shape)} and ${updates!.dtype} ${formatShape(updates!.shape)}.`,
      );
    return { dtype: data!.dtype, shape: data!.shape };
  },
  emit: (emitter, inputs, _, { axis }) =>
    emitter.node("ScatterElements", inputs, { axis, reduction: "add" }),
  vjp: ({ g, inputs: [, indices], attributes, ops }) => [
    () => g,
    "no gradient",
    () => ops.gatherElements(g, indices!, attributes),
  ],
  meaning: ([data, indices, updates], { axis }) => {
    const result = dense(data!.shape, data!.data.slice());
    const strides = stridesOf(data!.shape);
    const length = data!.shape[axis]!;
    forEachIndex(updates!.shape, (index, offset) => {
      const at = indices!.data[offset]!;
      const place = index.with(axis, at < 0 ? at + length : at);
      const target = place.reduce((sum, i, k) => sum + i * strides[k]!, 0);
      result.data[target]! += updates!.data[offset]!;
    });
    return result;
  },
});

/**
 * Adds each number of `updates` to an element of `data`: the one at the same place, with the place
 * on the axis replaced by the index. Negative indices and a negative axis count from the end.
 *
 * @param indices - int64, each from `-n` to `n - 1` for an axis of length `n`
 * @throws {ShapeError} if `indices` and `updates` do not fit each other or `data`
 */
export function scatterAdd(
  data: Value,
  indices: Value,
  updates: Value,
  { axis }: ScatterAddAttributes,
): Value {
  const normalised = normaliseAxes([axis], data.shape.length)[0]!;
  return apply(ScatterAdd, [data, indices, updates], { axis: normalised });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link scatterAdd} */
    readonly scatterAdd: typeof scatterAdd;
  }
}
