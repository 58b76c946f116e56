import { apply, defineOp, type Ops } from "../graph/op.ts";
import {
  inferPool,
  isTiling,
  onnxPool,
  poolAttributes,
  poolDense,
  poolField,
  scatterTaps,
  spreadTiles,
  tapsOf,
  type PoolAttributes,
  type PoolOptions,
} from "../graph/pooling.ts";
import { constant, type Value } from "../graph/value.ts";

/**
 * Maximum over a window. Pixels that share the maximum share its gradient equally: a flat sky is
 * full of ties, and giving each of them the whole gradient would count it several times.
 */
export const MaxPool = defineOp<PoolAttributes>({
  name: "MaxPool",
  infer: inferPool,
  emit: (emitter, inputs, _, attributes) => emitter.node("MaxPool", inputs, onnxPool(attributes)),
  vjp: ({ g, inputs: [x], output, attributes, ops }) => [
    () =>
      isTiling(attributes)
        ? tilingGradient(ops, g, x!, output, attributes)
        : overlappingGradient(ops, g, x!, output, attributes),
  ],
  receptiveField: poolField,
  meaning: ([x], attributes, { shape }) =>
    poolDense(x!, attributes, shape as readonly number[], (window) => Math.max(...window)),
});

/**
 * Max pooling.
 *
 * @param x - image, `[n, c, h, w]`
 * @param options - window, strides, pads, and whether windows may hang over the edge
 */
export function maxPool(x: Value, options: PoolOptions): Value {
  return apply(MaxPool, [x], poolAttributes(options));
}

/** Compares each pixel with the maximum of its window: no indices, which WebGPU does not offer. */
function tilingGradient(ops: Ops, g: Value, x: Value, y: Value, attributes: PoolAttributes): Value {
  const winners = ops.cast(ops.equal(x, spreadTiles(ops, y, x, attributes)), "float32");
  const { kernel, strides } = attributes;
  const share = ops.averagePool(winners, { kernel, strides });
  const each = ops.div(g, ops.mul(share, constant(kernel[0] * kernel[1])));
  return ops.mul(winners, spreadTiles(ops, each, x, attributes));
}

function overlappingGradient(
  ops: Ops,
  g: Value,
  x: Value,
  y: Value,
  attributes: PoolAttributes,
): Value {
  const taps = tapsOf(ops, x, y.shape, attributes);
  const winners = taps.map((tap) => ops.cast(ops.equal(tap, y), "float32"));
  const each = ops.div(g, winners.reduce(ops.add));
  return scatterTaps(
    ops,
    winners.map((winner) => ops.mul(winner, each)),
    x,
    attributes,
  );
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link maxPool} */
    readonly maxPool: typeof maxPool;
  }
}
