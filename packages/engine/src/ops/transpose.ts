import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";
import { dense, forEachIndex, stridesOf } from "../tensor/dense.ts";

/** Axis `i` of the result is axis `perm[i]` of the input. */
export type TransposeAttributes = Readonly<{ perm: readonly number[] }>;

/** Permutes axes. */
export const Transpose = defineOp<TransposeAttributes>({
  name: "Transpose",
  infer: ([x], { perm }) => {
    const sorted = [...perm].sort((a, b) => a - b);
    if (perm.length !== x!.shape.length || sorted.some((axis, i) => axis !== i))
      throw new ShapeError(`perm [${perm.join(", ")}] must name each axis of the input once.`);
    return { dtype: x!.dtype, shape: perm.map((axis) => x!.shape[axis]!) };
  },
  emit: (emitter, inputs, _, { perm }) => emitter.node("Transpose", inputs, { perm }),
  vjp: ({ g, attributes: { perm }, ops }) => [
    () =>
      ops.transpose(
        g,
        perm.map((_, axis) => perm.indexOf(axis)),
      ),
  ],
  meaning: ([x], { perm }, { shape }) => {
    const result = dense(shape as number[]);
    const strides = stridesOf(x!.shape);
    forEachIndex(result.shape, (index, offset) => {
      const source = perm.reduce((at, axis, i) => at + index[i]! * strides[axis]!, 0);
      result.data[offset] = x!.data[source]!;
    });
    return result;
  },
});

/** Permutes axes: axis `i` of the result is axis `perm[i]` of `x`. */
export function transpose(x: Value, perm: readonly number[]): Value {
  return apply(Transpose, [x], { perm });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link transpose} */
    readonly transpose: typeof transpose;
  }
}
