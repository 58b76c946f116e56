import { constant, ops, tensor, batchNormalizationTraining, type Value } from "@deepstyle/engine";
import type { NetworkLayer } from "./architecture.ts";

/** Added to variances: a larger number than usual, against bright dots where a picture is flat. */
export const normEpsilon = 1e-3;

/** The tensors of a network as values of a graph, by name. */
export type NetworkValues = Readonly<Record<string, Value>>;

/** Normalises the result of a layer `[n, c, h, w]`, then scales and shifts it for a style. */
export type Normalise = (x: Value, layer: NetworkLayer, values: NetworkValues) => Value;

/**
 * Conditional instance normalisation: each image and channel to mean 0 and variance 1 over its
 * pixels, then scale and shift of the style, or of a mixture of styles.
 *
 * Source: Dumoulin, Shlens, Kudlur 2016, "A Learned Representation For Artistic Style", eq. 5.
 *
 * @param mixture - share of each style for each image, `[n, styles]`, rows summing to 1; one row
 *   serves all images
 */
export function conditionalInstanceNorm(mixture: Value): Normalise {
  return (x, { name, outputs }, values) => {
    const [scale, shift] = mixedParameters(mixture, name, values);
    // One mixture for the whole batch is the operation that every runtime has made fast.
    if (mixture.shape[0] === 1)
      return ops.instanceNormalization(
        x,
        ops.reshape(scale, [outputs]),
        ops.reshape(shift, [outputs]),
        { epsilon: normEpsilon },
      );
    const normal = ops.instanceNormalization(x, ones(outputs), zeros(outputs), {
      epsilon: normEpsilon,
    });
    return scaledAndShifted(normal, scale, shift, outputs);
  };
}

/**
 * Conditional instance normalisation of one image, by the statistics of what counts of it: of a cut-out what is
 * visible.
 *
 * @param mixture - of one image, see {@link conditionalInstanceNorm}
 * @param weights - how much each position of a layer's result counts, `[1, 1, h, w]` with a mean of 1
 */
export function weightedInstanceNorm(
  mixture: Value,
  weights: (layer: NetworkLayer, size: readonly [height: number, width: number]) => Value,
): Normalise {
  return (x, layer, values) => {
    const [, channels, height, width] = x.shape as readonly [number, number, number, number];
    const positions = height * width;
    const shares = ops.mul(weights(layer, [height, width]), constant(1 / positions));
    const column = ops.reshape(shares, [1, positions, 1]);
    // As a product of matrices, the mean needs no map of its own.
    const mean = (map: Value): Value =>
      ops.reshape(ops.matMul(ops.reshape(map, [1, channels, positions]), column), [
        ...[1, channels, 1, 1],
      ]);
    const difference = ops.sub(x, mean(x));
    const variance = mean(ops.mul(difference, difference));
    const [scale, shift] = mixedParameters(mixture, layer.name, values);
    const normal = ops.div(difference, ops.sqrt(ops.add(variance, constant(normEpsilon))));
    return scaledAndShifted(normal, scale, shift, channels);
  };
}

/**
 * Instance normalisation with statistics that are given: those of a whole picture, so that it can
 * be worked through in tiles.
 *
 * @param statistics - for each layer `mean` and `variance`, `[1, c, 1, 1]`
 */
export function fixedInstanceNorm(
  mixture: Value,
  statistics: (layer: NetworkLayer) => { readonly mean: Value; readonly variance: Value },
): Normalise {
  return (x, layer, values) => {
    const { mean, variance } = statistics(layer);
    const deviation = ops.sqrt(ops.add(variance, constant(normEpsilon)));
    const normal = ops.div(ops.sub(x, mean), deviation);
    const [scale, shift] = mixedParameters(mixture, layer.name, values);
    return scaledAndShifted(normal, scale, shift, layer.outputs);
  };
}

/**
 * Batch normalisation by running averages: the form for use.
 *
 * @param mixture - see {@link conditionalInstanceNorm}
 */
export function batchNormInference(mixture: Value): Normalise {
  return (x, { name, outputs }, values) => {
    const [scale, shift] = mixedParameters(mixture, name, values);
    const [mean, variance] = [values[`${name}.mean`]!, values[`${name}.variance`]!];
    const normalise = (gain: Value, offset: Value): Value =>
      ops.batchNormalization(x, gain, offset, mean, variance, { epsilon: normEpsilon });
    // With one mixture the runtime folds all of it into the convolution before it.
    if (mixture.shape[0] === 1)
      return normalise(ops.reshape(scale, [outputs]), ops.reshape(shift, [outputs]));
    return scaledAndShifted(normalise(ones(outputs), zeros(outputs)), scale, shift, outputs);
  };
}

/**
 * Batch normalisation by the batch's own statistics: the form for training.
 *
 * @param mixture - see {@link conditionalInstanceNorm}
 * @param onStatistics - told the batch's mean and variance of each layer, `[c]`, from which running
 *   averages are kept
 */
export function batchNormTraining(
  mixture: Value,
  onStatistics: (layer: NetworkLayer, mean: Value, variance: Value) => void,
): Normalise {
  return (x, layer, values) => {
    const { name, outputs } = layer;
    const { y, mean, variance } = batchNormalizationTraining(x, ones(outputs), zeros(outputs), {
      epsilon: normEpsilon,
    });
    onStatistics(layer, mean, variance);
    const [scale, shift] = mixedParameters(mixture, name, values);
    return scaledAndShifted(y, scale, shift, outputs);
  };
}

function mixedParameters(
  mixture: Value,
  name: string,
  values: NetworkValues,
): readonly [Value, Value] {
  return [
    ops.matMul(mixture, values[`${name}.scale`]!),
    ops.matMul(mixture, values[`${name}.shift`]!),
  ];
}

/** @param scale - `[n, c]`, or one row for all images; `shift` likewise */
function scaledAndShifted(x: Value, scale: Value, shift: Value, channels: number): Value {
  const perImage = (rows: Value): Value => ops.reshape(rows, [rows.shape[0]!, channels, 1, 1]);
  return ops.add(ops.mul(x, perImage(scale)), perImage(shift));
}

function ones(count: number): Value {
  return constant(tensor(new Float32Array(count).fill(1)));
}

function zeros(count: number): Value {
  return constant(tensor(new Float32Array(count)));
}
