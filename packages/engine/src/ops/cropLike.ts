import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { normaliseAxes, staticShape } from "../graph/shapeRules.ts";
import type { Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { addDims, equalShapes, isStatic, mulDims, type Dim } from "../tensor/dim.ts";
import { int64 } from "../tensor/tensor.ts";

/** The axes that are cropped, counted from the front, and the first element that stays on each. */
export type CropLikeAttributes = Readonly<{ axes: readonly number[]; starts: readonly number[] }>;

/** Axes cut to the lengths they have in another tensor, which may be symbolic. */
export const CropLike = defineOp<CropLikeAttributes>({
  name: "CropLike",
  infer: ([x, reference], attributes) => {
    const shape = x!.shape.map((size, axis) => {
      const wanted = attributes.axes.includes(axis) ? reference!.shape[axis] : size;
      const start = startOf(axis, attributes);
      if (wanted === undefined || isLarger(addDims(wanted, start), size))
        throw new ShapeError(
          `axis ${axis} of length ${String(size)} cannot be cropped to ${String(wanted)}${start === 0 ? "" : ` from ${start} on`}.`,
        );
      return wanted;
    });
    return { dtype: x!.dtype, shape };
  },
  emit: (emitter, [x, reference], { shape }, { axes, starts }) => {
    const list = emitter.constant(int64(axes));
    const first = emitter.constant(int64(starts));
    const lengths = axes.map((axis) => shape[axis]!);
    const ends = isStatic(lengths)
      ? emitter.constant(int64(lengths.map((length, i) => (length as number) + starts[i]!)))
      : emitter.node("Add", [
          emitter.node("Gather", [emitter.node("Shape", [reference!]), list]),
          first,
        ]);
    return emitter.node("Slice", [x!, first, ends, list]);
  },
  vjp: ({ g, inputs: [x], attributes, ops }) => [
    () => {
      const removed = x!.shape.map((size, axis) => addDims(size, mulDims(g.shape[axis]!, -1)));
      const before = removed.map((_, axis) => startOf(axis, attributes));
      const after = staticShape(removed, "the gradient of CropLike").map(
        (count, axis) => count - before[axis]!,
      );
      return ops.pad(g, { pads: [...before, ...after] });
    },
    "no gradient",
  ],
  meaning: ([x], attributes, { shape }) =>
    fillDense(shape as readonly number[], (index) =>
      elementAt(x!, ...index.map((at, axis) => at + startOf(axis, attributes))),
    ),
});

/** What {@link cropLike} cuts. */
export interface CropLikeOptions {
  /** The axes that are cropped; negative ones count from the end. */
  readonly axes: readonly number[];
  /** The first element that stays on each of the axes; 0 when left out. */
  readonly starts?: readonly number[];
}

/**
 * Keeps as many elements of the given axes of `x` as `reference` has there, the first ones or those
 * from `starts` on. This is how two branches of a network meet again where a size did not divide
 * evenly, and how a margin is cut off.
 *
 * @throws {ShapeError} if an axis does not exist in both or would have to grow
 */
export function cropLike(x: Value, reference: Value, options: CropLikeOptions): Value {
  const { axes, starts = [] } = options;
  const rank = x.shape.length;
  const startOn = new Map<number, number>();
  axes.forEach((axis, i) => startOn.set(axis < 0 ? axis + rank : axis, starts[i] ?? 0));
  const normalised = normaliseAxes(axes, rank);
  const cropped = apply(CropLike, [x, reference], {
    axes: normalised,
    starts: normalised.map((axis) => startOn.get(axis)!),
  });
  return equalShapes(cropped.shape, x.shape) ? x : cropped;
}

/** Elements before the first one that stays. */
function startOf(axis: number, { axes, starts }: CropLikeAttributes): number {
  const at = axes.indexOf(axis);
  return at < 0 ? 0 : starts[at]!;
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
