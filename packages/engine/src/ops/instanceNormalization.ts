import {
  inferNormalization,
  perChannel,
  pixelAxes,
  type NormalizationAttributes,
} from "../graph/normalization.ts";
import { apply, defineOp } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";
import { dense } from "../tensor/dense.ts";
import { elementCount } from "../tensor/dim.ts";

/**
 * Every channel of every image brought to mean 0 and variance 1 over its own pixels, then scaled
 * and shifted. The variance is the biased one.
 *
 * Source: Ulyanov, Vedaldi, Lempitsky 2016, "Instance Normalization: The Missing Ingredient for
 * Fast Stylization".
 */
export const InstanceNormalization = defineOp<NormalizationAttributes>({
  name: "InstanceNormalization",
  infer: inferNormalization,
  emit: (emitter, inputs, _, { epsilon }) =>
    emitter.node("InstanceNormalization", inputs, { epsilon: { float: epsilon } }),
  vjp: ({ g, inputs: [x, scale], attributes: { epsilon }, ops }) => {
    const axes = pixelAxes(x!.shape);
    const mean = (value: Value): Value => ops.reduceMean(value, { axes, keepDims: true });
    const sum = (value: Value): Value => ops.reduceSum(value, { axes: [0, ...axes] });
    const normalise = (): { normal: Value; deviation: Value } => {
      const centred = ops.sub(x!, mean(x!));
      const variance = mean(ops.mul(centred, centred));
      const deviation = ops.sqrt(ops.add(variance, constant(epsilon)));
      return { normal: ops.div(centred, deviation), deviation };
    };
    return [
      () => {
        const { normal, deviation } = normalise();
        const change = ops.sub(ops.sub(g, mean(g)), ops.mul(normal, mean(ops.mul(g, normal))));
        return ops.mul(ops.div(perChannel(ops, scale!, x!.shape), deviation), change);
      },
      () => sum(ops.mul(g, normalise().normal)),
      () => sum(g),
    ];
  },
  meaning: ([x, scale, bias], { epsilon }) => {
    const [n, c, ...pixels] = x!.shape as [number, number, ...number[]];
    const count = elementCount(pixels);
    const result = dense(x!.shape);
    for (let plane = 0; plane < n * c; plane++) {
      const values = x!.data.subarray(plane * count, (plane + 1) * count);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
      const gain = scale!.data[plane % c]! / Math.sqrt(variance + epsilon);
      const normalised = values.map((value) => gain * (value - mean) + bias!.data[plane % c]!);
      result.data.set(normalised, plane * count);
    }
    return result;
  },
});

/**
 * Instance normalisation: `scale · (x − μ) / √(σ² + epsilon) + bias`, with mean and biased variance
 * over the pixels of each channel of each image.
 *
 * @param x - image, `[n, c, h, w]`
 * @param scale - `[c]`
 * @param bias - `[c]`
 * @param options - epsilon, 1e-5 if left out
 * @throws {ShapeError} if scale or bias do not have one number for each channel
 */
export function instanceNormalization(
  x: Value,
  scale: Value,
  bias: Value,
  { epsilon = 1e-5 }: Partial<NormalizationAttributes> = {},
): Value {
  return apply(InstanceNormalization, [x, scale, bias], { epsilon });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link instanceNormalization} */
    readonly instanceNormalization: typeof instanceNormalization;
  }
}
