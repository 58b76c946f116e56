import { constant, ops, type Value } from "@deepstyle/engine";
import {
  isTransposed,
  networkLayers,
  upsamplingOf,
  type Architecture,
  type NetworkLayer,
} from "./architecture.ts";
import type { NetworkValues, Normalise } from "./normalise.ts";
import { marginOf, padBy, padsOf, withMargin, type Pads } from "./padding.ts";

/** Half the range of the output in [0, 1] units: beyond black and white, so that both are reached. */
const outputRange = 150 / 255;

/**
 * What tanh's argument is divided by. A step of Adam moves every weight of the last layer by the
 * learning rate, and a sum over a thousand of them by a thousand times as much: undivided, tanh was
 * saturated after some steps, in black patches that stayed.
 */
const outputCalm = 16;

/**
 * The image transformation network: convolutions down to a quarter of the size, residual blocks,
 * and up again, a normalisation after every convolution but the last, tanh at the end.
 *
 * Source: Johnson, Alahi, Fei-Fei 2016, supplementary table 1; residual blocks without ReLU after
 * the sum after Gross and Wilber. Departures: resize and convolution in place of transposed
 * convolution unless asked for (Odena et al. 2016), padding in each layer in place of one border of
 * 40 px, output around middle grey in place of the mean colour of ImageNet.
 *
 * @param picture - RGB in [0, 1], `[n, 3, h, w]`; sizes may be symbolic and need not be even
 * @param values - the network's tensors by name
 * @param normalise - how layers are normalised: for training, for use, or with given statistics
 * @returns a picture of the same size; values may leave [0, 1] a little
 */
export function transformer(
  architecture: Architecture,
  picture: Value,
  values: NetworkValues,
  normalise: Normalise,
): Value {
  const { wide, cut } = withMargin(architecture, picture);
  return cut(networkPart(architecture, networkLayers(architecture), wide, values, { normalise }));
}

/** How {@link networkPart} computes. */
export interface NetworkPartOptions {
  readonly normalise: Normalise;
  /**
   * Ends with the convolution of the last layer, without the normalisation, ReLU or sum that
   * follow it: what the statistics of that normalisation are taken of. False if left out.
   */
  readonly raw?: boolean;
  /**
   * Mean of each channel of a layer's whole input, `[1, c, 1, 1]`, for the padding `mean` where `x`
   * is only a tile of it; the mean of what is there if left out.
   */
  readonly inputMean?: (layer: NetworkLayer) => Value;
}

/**
 * Successive layers of a network, such as a program works through for a tile of a large picture.
 *
 * @param layers - of {@link networkLayers}; a residual block whose second half is among them must be
 *   there with its first half, unless the part is that one layer and `raw`
 * @param x - what goes into the first of them: a picture with its margin, RGB in [0, 1], for the
 *   network's first layer; feature maps `[n, c, h, w]` for others
 * @returns feature maps; after the network's last layer a picture, which is not yet cut to size
 */
export function networkPart(
  architecture: Architecture,
  layers: readonly NetworkLayer[],
  x: Value,
  values: NetworkValues,
  { normalise, raw = false, inputMean }: NetworkPartOptions,
): Value {
  let current = x;
  let blockInput = x;
  for (const [i, layer] of layers.entries()) {
    const { name, normalised, isEnlarged } = layer;
    if (name === "down1") current = ops.mul(ops.sub(current, constant(0.5)), constant(2));
    if (/^block\d+a$/.test(name)) blockInput = current;
    const y = convolve(architecture, current, layer, values, inputMean?.(layer));
    if (!normalised) {
      const painted = colours(y);
      return isEnlarged ? enlargeBilinear(painted) : painted;
    }
    if (raw && i === layers.length - 1) return y;
    const normal = normalise(y, layer, values);
    current = endsBlock(layer) ? ops.add(blockInput, normal) : ops.relu(normal);
  }
  return current;
}

/** Whether what goes into a residual block is added to the layer's result, in place of a ReLU. */
export function endsBlock({ name }: NetworkLayer): boolean {
  return /^block\d+b$/.test(name);
}

function colours(x: Value): Value {
  return ops.add(ops.mul(ops.tanh(x), constant(outputRange)), constant(0.5));
}

function convolve(
  architecture: Architecture,
  x: Value,
  layer: NetworkLayer,
  values: NetworkValues,
  mean: Value | undefined,
): Value {
  const { name, inputs, stride, separable, normalised, enlarges } = layer;
  const strides = [stride, stride] as const;
  if (!normalised) {
    // Dividing these few numbers divides what the layer computes, and a power of two to the bit.
    const [weight, bias] = ["weight", "bias"].map((numbers) =>
      ops.mul(values[`${name}.${numbers}`]!, constant(1 / outputCalm)),
    );
    return padded(architecture, x, layer, weight!, mean, { strides, bias: bias! });
  }
  const weight = values[`${name}.weight`]!;
  if (isTransposed(layer, architecture))
    return ops.convTranspose(x, weight, {
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      outputPads: [1, 1],
    });
  const large = enlarges ? enlarge(architecture, x) : x;
  if (separable) {
    const depthwise = values[`${name}.depthwise`]!;
    const filtered = padded(architecture, large, layer, depthwise, mean, {
      strides,
      group: inputs,
    });
    return ops.conv(filtered, weight);
  }
  return padded(architecture, large, layer, weight, mean, { strides });
}

function enlarge(architecture: Architecture, x: Value): Value {
  return upsamplingOf(architecture) === "bilinear"
    ? enlargeBilinear(x)
    : ops.resizeNearest(x, { scales: [2, 2] });
}

function enlargeBilinear(x: Value): Value {
  return ops.resizeBilinear(x, { scales: [2, 2] });
}

/** A convolution that, if the layer is padded, keeps the size, or divides it by its stride and rounds up. */
function padded(
  architecture: Architecture,
  x: Value,
  layer: NetworkLayer,
  weight: Value,
  mean: Value | undefined,
  options: Parameters<typeof ops.conv>[2],
): Value {
  if (!layer.padded) return ops.conv(x, weight, options);
  const [before, after] = padsOf(layer);
  const pads: Pads = [before, before, after, after];
  // What a mirror would show at the first layer is the margin, whose pixels are alike: so both are one border.
  const hasMargin = layer.name === "down1" && marginOf(architecture) > 0;
  const shown = hasMargin ? "replicate" : architecture.padding;
  return shown === "zero"
    ? ops.conv(x, weight, { ...options, pads })
    : ops.conv(padBy(shown, x, pads, mean), weight, options);
}
