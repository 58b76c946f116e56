import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { broadcastShapes, broadcastTypes } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { broadcastAt, fillDense } from "../tensor/dense.ts";

/** Choice between two tensors by elements. */
export const Where = defineOp({
  name: "Where",
  infer: ([condition, a, b]) => {
    if (condition!.dtype !== "bool")
      throw new ShapeError(`the condition must be bool; got ${condition!.dtype}. Compare or cast.`);
    const { dtype, shape } = broadcastTypes([a!, b!]);
    return { dtype, shape: broadcastShapes(condition!.shape, shape) };
  },
  vjp: ({ g, inputs: [condition], ops }) => [
    "no gradient",
    () => ops.where(condition!, g, constant(0)),
    () => ops.where(condition!, constant(0), g),
  ],
  meaning: ([condition, a, b], _, { shape }) =>
    fillDense(shape as readonly number[], (index) =>
      broadcastAt(broadcastAt(condition!, index) === 0 ? b! : a!, index),
    ),
});

/**
 * `a` where the condition holds and `b` elsewhere; all three broadcast.
 *
 * @throws {ShapeError} if the condition is not bool, or `a` and `b` differ in element type
 */
export function where(condition: Value, a: Value, b: Value): Value {
  return apply(Where, [condition, a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link where} */
    readonly where: typeof where;
  }
}
