import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { formatShape } from "../tensor/dim.ts";

/**
 * Inner products of the rows of matrices, X Xᵀ. An operation of its own, because its symmetry
 * spares the gradient one of the two products that a matrix product would need.
 */
export const Gram = defineOp({
  name: "Gram",
  infer: ([x]) => {
    if (x!.shape.length !== 3)
      throw new ShapeError(`needs matrices [n, rows, columns]; got ${formatShape(x!.shape)}.`);
    const [n, rows] = x!.shape;
    return { dtype: x!.dtype, shape: [n!, rows!, rows!] };
  },
  emit: (emitter, [x]) =>
    emitter.node("MatMul", [x!, emitter.node("Transpose", [x!], { perm: [0, 2, 1] })]),
  vjp: ({ g, inputs: [x], ops }) => [() => ops.matMul(ops.add(g, ops.transpose(g, [0, 2, 1])), x!)],
  meaning: ([x], _, { shape }) => {
    const columns = x!.shape[2]!;
    return fillDense(shape as readonly number[], ([n, i, j]) => {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += elementAt(x!, n!, i!, k) * elementAt(x!, n!, j!, k);
      return sum;
    });
  },
});

/**
 * Inner products of rows: `[n, rows, columns] → [n, rows, rows]`, symmetric, not divided by anything.
 *
 * @throws {ShapeError} if `x` is not of rank 3
 */
export function gram(x: Value): Value {
  return apply(Gram, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link gram} */
    readonly gram: typeof gram;
  }
}
