import { ShapeError } from "../errors.ts";
import { apply, defineOp, samePosition } from "../graph/op.ts";
import { expectRank } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { formatShape } from "../tensor/dim.ts";
import { tensor } from "../tensor/tensor.ts";

/** How strongly neighbouring channels damp each other. */
export type LocalResponseNormalizationAttributes = Readonly<{
  /** Number of neighbouring channels, the channel itself included; odd. */
  size: number;
  /** Weight of their mean square. */
  alpha: number;
  /** Exponent of the divisor. */
  beta: number;
  /** Divisor of a channel with silent neighbours, before the exponent; `k` in the paper. */
  bias: number;
}>;

/**
 * Each channel divided by a power of the activity of its neighbours.
 *
 * Source: Krizhevsky, Sutskever, Hinton 2012, section 3.3. Departure, as in Caffe and ONNX: alpha
 * weighs the mean and not the sum of the squares.
 */
export const LocalResponseNormalization = defineOp<LocalResponseNormalizationAttributes>({
  name: "LocalResponseNormalization",
  infer: ([x], { size }) => {
    expectRank(x!, 4, "the image");
    if (size % 2 !== 1) throw new ShapeError(`size must be odd; got ${size}.`);
    if (typeof x!.shape[1] !== "number")
      throw new ShapeError(`needs a known number of channels; got ${formatShape(x!.shape)}.`);
    return { dtype: x!.dtype, shape: x!.shape };
  },
  emit: (emitter, inputs, _, { size, alpha, beta, bias }) =>
    emitter.node("LRN", inputs, {
      size,
      alpha: { float: alpha },
      beta: { float: beta },
      bias: { float: bias },
    }),
  vjp: ({ g, inputs: [x], output, attributes: { size, alpha, beta, bias }, ops }) => [
    () => {
      const channels = x!.shape[1] as number;
      const neighbours = constant(tensor(band(channels, size), [channels, channels, 1, 1]));
      // A sum over channels is a convolution of 1×1 px, which runtimes do fast.
      const squares = ops.conv(ops.mul(x!, x!), neighbours);
      const divisor = ops.add(ops.mul(squares, constant(alpha / size)), constant(bias));
      const direct = ops.mul(g, ops.pow(divisor, constant(-beta)));
      const damped = ops.conv(ops.div(ops.mul(g, output), divisor), neighbours);
      return ops.sub(direct, ops.mul(ops.mul(x!, damped), constant((2 * alpha * beta) / size)));
    },
  ],
  receptiveField: () => samePosition,
  meaning: ([x], { size, alpha, beta, bias }, { shape }) => {
    const channels = x!.shape[1]!;
    return fillDense(shape as readonly number[], ([n, c, row, column]) => {
      const reach = (size - 1) / 2;
      let squares = 0;
      for (let i = Math.max(c! - reach, 0); i <= Math.min(c! + reach, channels - 1); i++)
        squares += elementAt(x!, n!, i, row!, column!) ** 2;
      return elementAt(x!, n!, c!, row!, column!) / (bias + (alpha / size) * squares) ** beta;
    });
  },
});

/**
 * Local response normalisation: `x / (bias + alpha/size · Σ x²)^beta`, the sum over `size` channels
 * around each one.
 *
 * @param x - image, `[n, c, h, w]`, `c` known
 * @param attributes - GoogLeNet: size 5, alpha 1e-4, beta 0.75, bias 1
 * @throws {ShapeError} if the size is even
 */
export function localResponseNormalization(
  x: Value,
  attributes: LocalResponseNormalizationAttributes,
): Value {
  return apply(LocalResponseNormalization, [x], attributes);
}

/** 1 where two channels are neighbours, `[c, c]`. */
function band(channels: number, size: number): Float32Array {
  return Float32Array.from({ length: channels ** 2 }, (_, at) => {
    const distance = Math.abs((at % channels) - Math.floor(at / channels));
    return distance <= (size - 1) / 2 ? 1 : 0;
  });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link localResponseNormalization} */
    readonly localResponseNormalization: typeof localResponseNormalization;
  }
}
