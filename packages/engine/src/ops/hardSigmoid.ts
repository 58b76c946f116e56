import { apply, defineOp } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";
import { mapDense } from "../tensor/dense.ts";

/** Slope and offset of the ramp. */
export type HardSigmoidAttributes = Readonly<{ alpha: number; beta: number }>;

/** A ramp clipped to [0, 1]; a step function where the slope is huge. */
export const HardSigmoid = defineOp<HardSigmoidAttributes>({
  name: "HardSigmoid",
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  emit: (emitter, inputs, _, { alpha, beta }) =>
    emitter.node("HardSigmoid", inputs, { alpha: { float: alpha }, beta: { float: beta } }),
  vjp: ({ g, output, attributes: { alpha }, ops }) => [
    () => {
      // y (1 − y) is positive on the ramp and 0 on the clipped ends.
      const inside = ops.mul(output, ops.sub(constant(1), output));
      const mask = ops.hardSigmoid(inside, { alpha: 1e30, beta: 0 });
      return ops.mul(g, ops.mul(mask, constant(alpha)));
    },
  ],
  meaning: ([x], { alpha, beta }) =>
    mapDense(x!, (value) => Math.min(Math.max(alpha * value + beta, 0), 1)),
});

/** `clip(alpha · x + beta, 0, 1)`. */
export function hardSigmoid(x: Value, attributes: HardSigmoidAttributes): Value {
  return apply(HardSigmoid, [x], attributes);
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link hardSigmoid} */
    readonly hardSigmoid: typeof hardSigmoid;
  }
}
