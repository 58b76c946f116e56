import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { normaliseAxes, staticShape } from "../graph/shapeRules.ts";
import type { Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { addDims, equalShapes, isStatic, mulDims, type Dim } from "../tensor/dim.ts";
import { int64 } from "../tensor/tensor.ts";

/** The axes that are cropped, counted from the front. */
export type CropLikeAttributes = Readonly<{ axes: readonly number[] }>;

/** Axes cut at the end to the lengths they have in another tensor, which may be symbolic. */
export const CropLike = defineOp<CropLikeAttributes>({
  name: "CropLike",
  infer: ([x, reference], { axes }) => {
    const shape = x!.shape.map((size, axis) => {
      const wanted = axes.includes(axis) ? reference!.shape[axis] : size;
      if (wanted === undefined || isLarger(wanted, size))
        throw new ShapeError(
          `axis ${axis} of length ${String(size)} cannot be cropped to ${String(wanted)}.`,
        );
      return wanted;
    });
    return { dtype: x!.dtype, shape };
  },
  emit: (emitter, [x, reference], { shape }, { axes }) => {
    const list = emitter.constant(int64(axes));
    const lengths = axes.map((axis) => shape[axis]!);
    const ends = isStatic(lengths)
      ? emitter.constant(int64(lengths))
      : emitter.node("Gather", [emitter.node("Shape", [reference!]), list]);
    const starts = emitter.constant(int64(axes.map(() => 0)));
    return emitter.node("Slice", [x!, starts, ends, list]);
  },
  vjp: ({ g, inputs: [x], ops }) => [
    () => {
      const removed = x!.shape.map((size, axis) => addDims(size, mulDims(g.shape[axis]!, -1)));
      const after = staticShape(removed, "the gradient of CropLike");
      return ops.pad(g, { pads: [...after.map(() => 0), ...after] });
    },
    "no gradient",
  ],
  meaning: ([x], _, { shape }) =>
    fillDense(shape as readonly number[], (index) => elementAt(x!, ...index)),
});

/**
 * Keeps the first elements of the given axes of `x`, as many as `reference` has there. This is how
 * two branches of a network meet again where a size did not divide evenly.
 *
 * @throws {ShapeError} if an axis does not exist in both or would have to grow
 */
export function cropLike(x: Value, reference: Value, { axes }: CropLikeAttributes): Value {
  const normalised = normaliseAxes(axes, x.shape.length);
  const cropped = apply(CropLike, [x, reference], { axes: normalised });
  return equalShapes(cropped.shape, x.shape) ? x : cropped;
}

function isLarger(a: Dim, b: Dim): boolean {
  const difference = addDims(a, mulDims(b, -1));
  return typeof difference === "number" && difference > 0;
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link cropLike} */
    readonly cropLike: typeof cropLike;
  }
}
