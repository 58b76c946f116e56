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
import { constant, type Value } from "../graph/value.ts";

/** Mean over a window; padding counts as zeros, so that every window has the same weight. */
export const AveragePool = defineOp<PoolAttributes>({
  name: "AveragePool",
  infer: inferPool,
  emit: (emitter, inputs, _, attributes) =>
    emitter.node("AveragePool", inputs, { ...onnxPool(attributes), count_include_pad: 1 }),
  vjp: ({ g, inputs: [x], attributes, ops }) => [
    () => {
      const share = ops.mul(g, constant(1 / area(attributes)));
      return isTiling(attributes)
        ? spreadTiles(ops, share, x!, attributes)
        : scatterWindows(ops, share, x!, attributes);
    },
  ],
  receptiveField: poolField,
  meaning: ([x], attributes, { shape }) =>
    poolDense(
      x!,
      attributes,
      shape as readonly number[],
      (window) => window.reduce((sum, pixel) => sum + pixel, 0) / area(attributes),
    ),
});

/**
 * Average pooling.
 *
 * @param x - image, `[n, c, h, w]`
 * @param options - window, strides and pads; windows that hang over the edge are not offered, since
 *   runtimes disagree on what to divide them by
 */
export function averagePool(x: Value, options: Omit<PoolOptions, "ceil">): Value {
  return apply(AveragePool, [x], poolAttributes(options));
}

function area({ kernel }: PoolAttributes): number {
  return kernel[0] * kernel[1];
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link averagePool} */
    readonly averagePool: typeof averagePool;
  }
}
