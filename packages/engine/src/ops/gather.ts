import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { normaliseAxes } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { mulDims } from "../tensor/dim.ts";

/** The axis that indices point into, counted from the front. */
export type GatherAttributes = Readonly<{ axis: number }>;

/** Slices of one axis picked by index. */
export const Gather = defineOp<GatherAttributes>({
  name: "Gather",
  infer: ([x, indices], { axis }) => {
    if (indices!.dtype !== "int64")
      throw new ShapeError(`indices must be int64; got ${indices!.dtype}. Use cast.`);
    return { dtype: x!.dtype, shape: x!.shape.toSpliced(axis, 1, ...indices!.shape) };
  },
  emit: (emitter, inputs, _, { axis }) => emitter.node("Gather", inputs, { axis }),
  vjp: ({ g, inputs: [x, indices], attributes: { axis }, ops }) => [
    () => {
      const count = mulDims(...indices!.shape);
      const picked = ops.reshape(g, x!.shape.with(axis, count));
      const column = x!.shape.map((_, i) => (i === axis ? count : 1));
      const places = ops.expand(ops.reshape(indices!, column), picked.shape);
      const zeros = ops.expand(constant(0), x!.shape);
      return ops.scatterAdd(zeros, places, picked, { axis });
    },
    "no gradient",
  ],
  meaning: ([x, indices], { axis }, { shape }) => {
    const rank = indices!.shape.length;
    return fillDense(shape as readonly number[], (index) => {
      const at = elementAt(indices!, ...index.slice(axis, axis + rank));
      const fromFront = at < 0 ? at + x!.shape[axis]! : at;
      return elementAt(x!, ...index.toSpliced(axis, rank, fromFront));
    });
  },
});

/**
 * Picks slices of `x` along an axis: the axis is replaced by the axes of `indices`. Negative indices
 * and a negative axis count from the end.
 *
 * @param indices - int64, each from `-n` to `n - 1` for an axis of length `n`
 * @throws {ShapeError} if `indices` is not int64 or there is no such axis
 */
export function gather(x: Value, indices: Value, { axis }: GatherAttributes): Value {
  return apply(Gather, [x, indices], { axis: normaliseAxes([axis], x.shape.length)[0]! });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link gather} */
    readonly gather: typeof gather;
  }
}
