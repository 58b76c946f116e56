import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { broadcastShapes } from "../graph/shapeRules.ts";
import type { Value } from "../graph/value.ts";
import { broadcastAt, fillDense } from "../tensor/dense.ts";
import { equalDims, formatShape } from "../tensor/dim.ts";

/** Matrix product over the last two axes; the axes before them broadcast. */
export const MatMul = defineOp({
  name: "MatMul",
  infer: ([a, b]) => {
    const [m, k] = a!.shape.slice(-2);
    const [l, n] = b!.shape.slice(-2);
    if (a!.shape.length < 2 || b!.shape.length < 2 || !equalDims(k!, l!))
      throw new ShapeError(
        `needs [..., m, k] and [..., k, n]; got ${formatShape(a!.shape)} and ${formatShape(b!.shape)}.`,
      );
    const batch = broadcastShapes(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
    return { dtype: a!.dtype, shape: [...batch, m!, n!] };
  },
  vjp: ({ g, inputs: [a, b], ops }) => [
    () => ops.matMul(g, ops.transpose(b!, swapLast(b!))),
    () => ops.matMul(ops.transpose(a!, swapLast(a!)), g),
  ],
  meaning: ([a, b], _, { shape }) => {
    const k = a!.shape.at(-1)!;
    return fillDense(shape as number[], (index) => {
      const batch = index.slice(0, -2);
      let sum = 0;
      for (let i = 0; i < k; i++)
        sum +=
          broadcastAt(a!, [...batch, index.at(-2)!, i]) *
          broadcastAt(b!, [...batch, i, index.at(-1)!]);
      return sum;
    });
  },
});

/**
 * Matrix product `[..., m, k] · [..., k, n] → [..., m, n]`; leading axes broadcast.
 *
 * @throws {ShapeError} if the inner sizes differ or a rank is below 2
 */
export function matMul(a: Value, b: Value): Value {
  return apply(MatMul, [a, b], {});
}

function swapLast(x: Value): readonly number[] {
  const rank = x.shape.length;
  return [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link matMul} */
    readonly matMul: typeof matMul;
  }
}
