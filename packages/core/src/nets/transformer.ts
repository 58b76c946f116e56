import { constant, ops, type Value } from "@deepstyle/engine";
import {
  isTransposed,
  networkLayers,
  videoBlock,
  type Architecture,
  type NetworkLayer,
} from "./architecture.ts";
import type { NetworkValues, Normalise } from "./normalise.ts";
import { padBy, withMargin, type Pads } from "./padding.ts";

/** Half the range of the output in [0, 1] units: beyond black and white, so that both are reached. */
const outputRange = 150 / 255;

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
  const layers = new Map(networkLayers(architecture).map((layer) => [layer.name, layer]));
  const apply = (x: Value, name: string): Value => {
    const layer = layers.get(name)!;
    const y = convolve(architecture, x, layer, values);
    return layer.normalised ? normalise(y, layer, values) : y;
  };
  const activate = (x: Value, name: string): Value => ops.relu(apply(x, name));
  const { wide, cut } = withMargin(architecture.padding, picture);
  const names = [...layers.keys()];
  let x: Value = ops.mul(ops.sub(wide, constant(0.5)), constant(2));
  for (const name of names.filter((layer) => layer.startsWith("down"))) x = activate(x, name);
  for (let i = 1; i <= architecture.blocks; i++)
    x = ops.add(x, apply(activate(x, `block${i}a`), `block${i}b`));
  for (const name of names.filter((layer) => layer.startsWith("up"))) x = activate(x, name);
  x = apply(x, "out");
  if (architecture.kind === "video") x = ops.depthToSpace(x, videoBlock);
  const colours = ops.mul(ops.tanh(x), constant(outputRange));
  return cut(ops.add(colours, constant(0.5)));
}

function convolve(
  architecture: Architecture,
  x: Value,
  layer: NetworkLayer,
  values: NetworkValues,
): Value {
  const { name, inputs, stride, separable, normalised, enlarges } = layer;
  const weight = values[`${name}.weight`]!;
  const strides = [stride, stride] as const;
  if (isTransposed(layer, architecture))
    return ops.convTranspose(x, weight, {
      strides: [2, 2],
      pads: [1, 1, 1, 1],
      outputPads: [1, 1],
    });
  const large = enlarges ? enlarge(architecture, x) : x;
  if (separable) {
    const depthwise = values[`${name}.depthwise`]!;
    const filtered = padded(architecture, large, layer, depthwise, { strides, group: inputs });
    return ops.conv(filtered, weight);
  }
  const bias = normalised ? {} : { bias: values[`${name}.bias`]! };
  return padded(architecture, large, layer, weight, { strides, ...bias });
}

function enlarge({ upsample }: Architecture, x: Value): Value {
  return upsample === "bilinear"
    ? ops.resizeBilinear(x, { scales: [2, 2] })
    : ops.resizeNearest(x, { scales: [2, 2] });
}

/** A convolution that keeps the size, or divides it by its stride and rounds up. */
function padded(
  { padding }: Architecture,
  x: Value,
  { kernel, stride }: NetworkLayer,
  weight: Value,
  options: Parameters<typeof ops.conv>[2],
): Value {
  // kernel − 1 pixels in all make it so; the kernel is centred on the pixels that it stands for.
  const before = Math.ceil((kernel - stride) / 2);
  const after = kernel - 1 - before;
  const pads: Pads = [before, before, after, after];
  if (padding === "zero") return ops.conv(x, weight, { ...options, pads });
  return ops.conv(padBy(padding, x, pads), weight, options);
}
