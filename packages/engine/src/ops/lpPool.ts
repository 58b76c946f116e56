import { apply, defineOp } from "../graph/op.ts";
import {
  inferPool,
  isTiling,
  onnxPool,
  poolAttributes,
  poolDense,
  poolField,
  scatterWindows,
  spreadTiles,
  type PoolAttributes,
  type PoolOptions,
} from "../graph/pooling.ts";
import type { Value } from "../graph/value.ts";
import { scalar } from "../tensor/tensor.ts";

/**
 * Length of the vector of pixels in a window, `√Σx²`. Its gradient `x/y` is taken as 0 where the
 * whole window is 0 and the length has a kink.
 */
export const LpPool = defineOp<PoolAttributes>({
  name: "LpPool",
  infer: inferPool,
  // ONNX Runtime's own LpPool takes ten times as long as its blocked average pooling.
  emit: (emitter, [x], _, attributes) => {
    const squares = emitter.node("Mul", [x!, x!]);
    const means = emitter.node("AveragePool", [squares], {
      ...onnxPool(attributes),
      count_include_pad: 1,
    });
    const [height, width] = attributes.kernel;
    const size = emitter.constant(scalar(Math.sqrt(height * width)));
    return emitter.node("Mul", [emitter.node("Sqrt", [means]), size]);
  },
  vjp: ({ g, inputs: [x], output, attributes, ops }) => [
    () => {
      // All pixels of a window of length 0 are 0: any finite quotient gives them the gradient 0.
      const quotient = ops.div(g, ops.clip(output, { min: 1e-20 }));
      const spread = isTiling(attributes)
        ? spreadTiles(ops, quotient, x!, attributes)
        : scatterWindows(ops, quotient, x!, attributes);
      return ops.mul(x!, spread);
    },
  ],
  receptiveField: poolField,
  meaning: ([x], attributes, { shape }) =>
    poolDense(x!, attributes, shape as readonly number[], (window) => Math.hypot(...window)),
});

/**
 * L2 pooling: the root of the sum of squares over each window, a sum and not a mean, so that a
 * flat image grows by `√(kernel[0]·kernel[1])`.
 *
 * @param x - image, `[n, c, h, w]`
 * @param options - window, strides and pads
 */
export function lpPool(x: Value, options: Omit<PoolOptions, "ceil">): Value {
  return apply(LpPool, [x], poolAttributes(options));
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link lpPool} */
    readonly lpPool: typeof lpPool;
  }
}
