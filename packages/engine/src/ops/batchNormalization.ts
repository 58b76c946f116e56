import {
  inferNormalization,
  perChannel,
  pixelAxes,
  type NormalizationAttributes,
} from "../graph/normalization.ts";
import { apply, defineOp } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";
import { fillDense } from "../tensor/dense.ts";

/**
 * Every channel normalised by a given mean and variance, scaled and shifted: batch normalisation
 * after training.
 *
 * Source: Ioffe, Szegedy 2015, "Batch Normalization", algorithm 2.
 */
export const BatchNormalization = defineOp<NormalizationAttributes>({
  name: "BatchNormalization",
  infer: inferNormalization,
  emit: (emitter, inputs, _, { epsilon }) =>
    emitter.node("BatchNormalization", inputs, { epsilon: { float: epsilon } }),
  vjp: ({ g, inputs: [x, scale, , mean, variance], attributes: { epsilon }, ops }) => {
    const sum = (value: Value): Value =>
      ops.reduceSum(value, { axes: [0, ...pixelAxes(x!.shape)] });
    const centred = (): Value => ops.sub(x!, perChannel(ops, mean!, x!.shape));
    const deviation = (): Value => ops.sqrt(ops.add(variance!, constant(epsilon))); // [c]
    const gain = (): Value => ops.div(scale!, deviation()); // [c]
    return [
      () => ops.mul(g, perChannel(ops, gain(), x!.shape)),
      () => ops.div(sum(ops.mul(g, centred())), deviation()),
      () => sum(g),
      () => ops.neg(ops.mul(gain(), sum(g))),
      () => {
        const byDeviation = ops.mul(gain(), sum(ops.mul(g, centred())));
        return ops.div(ops.mul(byDeviation, constant(-0.5)), ops.add(variance!, constant(epsilon)));
      },
    ];
  },
  meaning: ([x, scale, bias, mean, variance], { epsilon }, { shape }) =>
    fillDense(shape as readonly number[], (index) => {
      const c = index[1]!;
      const offset = index.reduce((at, i, axis) => at * x!.shape[axis]! + i, 0);
      const normal = (x!.data[offset]! - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + epsilon);
      return scale!.data[c]! * normal + bias!.data[c]!;
    }),
});

/**
 * Batch normalisation by known statistics: `scale · (x − mean) / √(variance + epsilon) + bias`.
 * Statistics of the batch itself: `batchNormalizationTraining`.
 *
 * @param x - image, `[n, c, h, w]`
 * @param scale - `[c]`
 * @param bias - `[c]`
 * @param mean - `[c]`
 * @param variance - `[c]`, not negative
 * @param options - epsilon, 1e-5 if left out
 * @throws {ShapeError} if a parameter does not have one number for each channel
 */
export function batchNormalization(
  x: Value,
  scale: Value,
  bias: Value,
  mean: Value,
  variance: Value,
  { epsilon = 1e-5 }: Partial<NormalizationAttributes> = {},
): Value {
  return apply(BatchNormalization, [x, scale, bias, mean, variance], { epsilon });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link batchNormalization} */
    readonly batchNormalization: typeof batchNormalization;
  }
}
