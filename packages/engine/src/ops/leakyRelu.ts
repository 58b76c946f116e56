import { apply, defineOp } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";
import { mapDense } from "../tensor/dense.ts";

/** Slope below zero. */
export type LeakyReluAttributes = Readonly<{ alpha: number }>;

/** Rectified linear unit that lets a part of negative numbers through. At the kink its slope is alpha. */
export const LeakyRelu = defineOp<LeakyReluAttributes>({
  name: "LeakyRelu",
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  emit: (emitter, inputs, _, { alpha }) =>
    emitter.node("LeakyRelu", inputs, { alpha: { float: alpha } }),
  vjp: ({ g, inputs: [x], attributes: { alpha }, ops }) => [
    () => {
      // A step as in the gradient of Relu, from alpha up to 1.
      const step = ops.hardSigmoid(x!, { alpha: 1e30, beta: 0 });
      return ops.mul(g, ops.add(ops.mul(step, constant(1 - alpha)), constant(alpha)));
    },
  ],
  meaning: ([x], { alpha }) => mapDense(x!, (value) => (value < 0 ? alpha * value : value)),
});

/** `x` where positive, `alpha · x` where negative. */
export function leakyRelu(x: Value, attributes: LeakyReluAttributes): Value {
  return apply(LeakyRelu, [x], attributes);
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link leakyRelu} */
    readonly leakyRelu: typeof leakyRelu;
  }
}
