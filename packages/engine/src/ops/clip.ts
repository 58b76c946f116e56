import { GraphError } from "../errors.ts";
import { apply, defineOp, samePosition } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";
import { mapDense } from "../tensor/dense.ts";
import { scalar } from "../tensor/tensor.ts";

/** The interval that elements are brought into; a missing end is open. */
export type ClipAttributes = Readonly<{ min?: number | undefined; max?: number | undefined }>;

/** Elements brought into an interval. The gradient is 1 inside, ends included, and 0 outside. */
export const Clip = defineOp<ClipAttributes>({
  name: "Clip",
  infer: ([x], { min = -Infinity, max = Infinity }) => {
    if (!(min <= max)) throw new GraphError(`min must not exceed max; got ${min} and ${max}.`);
    return { dtype: x!.dtype, shape: x!.shape };
  },
  emit: (emitter, [x], _, { min, max }) => {
    const ends = [min, max].map((end) => (end === undefined ? "" : emitter.constant(scalar(end))));
    return emitter.node("Clip", [x!, ...ends]);
  },
  vjp: ({ g, inputs: [x], output, ops }) => [
    () => {
      const distance = ops.abs(ops.sub(x!, output));
      // 1 where the element was left alone: a step as in the gradient of Relu.
      return ops.mul(g, ops.hardSigmoid(distance, { alpha: -1e30, beta: 1 }));
    },
  ],
  receptiveField: () => samePosition,
  meaning: ([x], { min = -Infinity, max = Infinity }) =>
    mapDense(x!, (value) => Math.min(Math.max(value, min), max)),
});

/**
 * `min(max(x, min), max)`; without one end, that end is open.
 *
 * @throws {ShapeError} if `min` exceeds `max`
 */
export function clip(x: Value, attributes: ClipAttributes): Value {
  return apply(Clip, [x], attributes);
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link clip} */
    readonly clip: typeof clip;
  }
}
