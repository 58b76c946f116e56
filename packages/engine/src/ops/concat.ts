import { ShapeError } from "../errors.ts";
import { apply, defineOp, samePosition } from "../graph/op.ts";
import { normaliseAxes, staticShape } from "../graph/shapeRules.ts";
import type { TensorType, Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { addDims, equalShapes, formatShape } from "../tensor/dim.ts";

/** The axis along which tensors are joined, counted from the front. */
export type ConcatAttributes = Readonly<{ axis: number }>;

/** Tensors joined along one axis. */
export const Concat = defineOp<ConcatAttributes>({
  name: "Concat",
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    for (const other of inputs) {
      if (other.dtype !== first!.dtype || !equalShapes(without(other, axis), without(first!, axis)))
        throw new ShapeError(
          `inputs must agree in dtype and in all sizes but that of axis ${axis}; got ${describe(first!)} and ${describe(other)}.`,
        );
    }
    const length = addDims(...inputs.map((x) => x.shape[axis]!));
    return { dtype: first!.dtype, shape: first!.shape.with(axis, length) };
  },
  emit: (emitter, inputs, _, { axis }) => emitter.node("Concat", inputs, { axis }),
  vjp: ({ g, inputs, attributes: { axis }, ops }) =>
    inputs.map((_, i) => () => {
      const lengths = inputs.slice(0, i + 1).map((x) => x.shape[axis]!);
      const [start, end] = staticShape(
        [addDims(...lengths.slice(0, -1)), addDims(...lengths)],
        "the gradient of Concat",
      );
      return ops.slice(g, { axes: [axis], starts: [start!], ends: [end!] });
    }),
  receptiveField: (along, { axis }) => (along === axis ? undefined : samePosition),
  meaning: (inputs, { axis }, { shape }) =>
    fillDense(shape as readonly number[], (index) => {
      let at = index[axis]!;
      let part = 0;
      while (at >= inputs[part]!.shape[axis]!) at -= inputs[part++]!.shape[axis]!;
      return elementAt(inputs[part]!, ...index.with(axis, at));
    }),
});

/**
 * Joins tensors along an axis; a negative one counts from the end.
 *
 * @throws {ShapeError} if there are none, or they differ in dtype or in another axis
 */
export function concat(values: readonly Value[], { axis }: ConcatAttributes): Value {
  const [first] = values;
  if (first === undefined) throw new ShapeError("Concat needs at least one input; got none.");
  return apply(Concat, values, { axis: normaliseAxes([axis], first.shape.length)[0]! });
}

function without({ shape }: TensorType, axis: number): TensorType["shape"] {
  return shape.toSpliced(axis, 1);
}

function describe({ dtype, shape }: TensorType): string {
  return `${dtype} ${formatShape(shape)}`;
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link concat} */
    readonly concat: typeof concat;
  }
}
