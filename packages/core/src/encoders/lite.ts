import { constant, ops, tensor, type Value } from "@deepstyle/engine";
import { channelMeans } from "./channelMeans.ts";
import { defineEncoder } from "./definition.ts";
import {
  caffePreprocessing,
  expectLayers,
  type Encoder,
  type EncoderOptions,
  type Weights,
} from "./encoder.ts";
import { expectTensor } from "./parameters.ts";
import { poolRelu, vgg19Convolutions } from "./vgg19.ts";

/**
 * One convolution of {@link lite}: 3×3 to a short code without a ReLU, then 1×1 to the channels that
 * the code stands for, with a ReLU. Without a code it is an ordinary 3×3 convolution.
 */
export interface LiteLayer {
  /** Name of the convolution of VGG-19 whose part it takes: `conv3_2`; its ReLU is `relu3_2`. */
  readonly name: string;
  readonly block: number;
  readonly inputChannels: number;
  /** Channels of the code; undefined where there is none. */
  readonly code?: number;
  /** Those of VGG-19 at the layers that can be asked for, fewer in between. */
  readonly channels: number;
}

/** Layers that {@link lite} offers: those that methods look at. Their channels are VGG-19's. */
export const liteTaps = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2", "relu5_1"] as const;

/** One of {@link liteTaps}. */
export type LiteTap = (typeof liteTaps)[number];

/** Channels of the code and, between the taps, channels that are kept, by VGG-19's convolutions. */
const widths: Readonly<Record<string, { readonly code?: number; readonly kept?: number }>> = {
  conv1_1: {},
  conv1_2: { code: 16, kept: 32 },
  conv2_1: { code: 48 },
  conv2_2: { code: 32, kept: 64 },
  conv3_1: { code: 96 },
  conv3_2: { code: 48, kept: 128 },
  conv3_3: { code: 64, kept: 128 },
  conv3_4: { code: 64, kept: 128 },
  conv4_1: { code: 128 },
  conv4_2: { code: 96 },
  conv4_3: { code: 96, kept: 256 },
  conv4_4: { code: 144, kept: 256 },
  conv5_1: { code: 160 },
};

/** The convolutions of {@link lite} in order. */
export const liteConvolutions: readonly LiteLayer[] = convolutions();

/** A tensor of {@link lite}. */
export interface LiteParameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Tensors of the network: for each convolution `NAME.code` `[r, c, 3, 3]` and `NAME.weight`
 * `[k, r, 1, 1]`, or without a code `NAME.weight` `[k, c, 3, 3]` alone, and `NAME.bias` `[k]`.
 */
export function liteParameters(): LiteParameter[] {
  return liteConvolutions.flatMap(({ name, inputChannels, code, channels }) => [
    ...(code === undefined
      ? [{ name: `${name}.weight`, shape: [channels, inputChannels, 3, 3] }]
      : [
          { name: `${name}.code`, shape: [code, inputChannels, 3, 3] },
          { name: `${name}.weight`, shape: [channels, code, 1, 1] },
        ]),
    { name: `${name}.bias`, shape: [channels] },
  ]);
}

/**
 * Multiplications for each pixel of the image up to relu5_1. VGG-19 has 361,152.
 */
export function liteArithmetic(): number {
  return liteConvolutions.reduce((sum, { block, inputChannels, code, channels }) => {
    const products =
      code === undefined ? 9 * inputChannels * channels : code * (9 * inputChannels + channels);
    return sum + products / 4 ** (block - 1);
  }, 0);
}

/** Values by the names of {@link liteParameters}. */
export type LiteValues = Readonly<Record<string, Value>>;

/**
 * The network on any values for its parameters: constants to use it, inputs to train it. Its features
 * are VGG-19's divided by their mean activations under average pooling.
 *
 * @param x - RGB in [0, 1] `[n, 3, h, w]`, or features of the layer `after`
 * @param wanted - layers to return
 * @param after - a tap to go on from; the image if left out
 * @returns features by layer
 */
export function liteFeatures(
  x: Value,
  values: LiteValues,
  wanted: readonly string[],
  { pooling, edge, after }: Required<EncoderOptions> & { readonly after?: LiteTap | undefined },
): Record<string, Value> {
  const found: Record<string, Value> = {};
  const missing = new Set(wanted);
  const first = liteConvolutions.findIndex(({ name }) => reluOf(name) === after) + 1;
  let last = liteConvolutions[first - 1];
  let features = x;
  let sums = x;
  for (const layer of liteConvolutions.slice(first)) {
    if (missing.size === 0) break;
    if (last !== undefined && last.block !== layer.block)
      features = poolRelu(sums, features, pooling);
    sums = last === undefined ? firstLayer(x, values, edge) : codedLayer(features, layer, values);
    features = ops.relu(sums);
    const relu = reluOf(layer.name);
    if (missing.delete(relu)) found[relu] = features;
    last = layer;
  }
  return found;
}

/**
 * A small network in VGG-19's place: at the layers of {@link liteTaps} it has VGG-19's channels with
 * VGG-19's meaning, normalised, so that losses, weights and recipes carry over.
 *
 * Every convolution is factored into one to a short code and one from the code to the channels, after
 * Zhang et al. 2015, "Accelerating Very Deep Convolutional Networks for Classification and Detection";
 * layers that nobody asks for keep a part of their channels, after He et al. 2017, "Channel Pruning".
 * It was made from VGG-19 by `deepstyle distil`: docs/distillation.md.
 *
 * A Gram matrix of its features is W G Wᵀ for the Gram matrix G of a code only where no ReLU follows;
 * here one does, as VGG-19's features are not negative.
 *
 * @param weights - tensors of {@link liteParameters}, of any float type
 * @throws {WeightsError} if a tensor is missing or has another shape
 */
export function lite(weights: Weights, options: EncoderOptions): Encoder {
  const { pooling = "max", edge = "zero" } = options;
  const values = constants(weights, pooling);
  return {
    name: "lite",
    layers: liteTaps,
    stride: (layer) => 2 ** (Number(/\d/.exec(layer)?.[0]) - 1),
    features<Layer extends string>(image: Value, wanted: readonly Layer[]) {
      expectLayers({ name: "lite", layers: liteTaps }, wanted);
      const found: Partial<Record<string, Value>> = liteFeatures(image, values, wanted, {
        pooling,
        edge,
      });
      return found as Record<Layer, Value>;
    },
  };
}

/** The name of a convolution's ReLU. */
export function reluOf(convolution: string): string {
  return convolution.replace("conv", "relu");
}

function convolutions(): LiteLayer[] {
  let inputChannels = 3;
  return vgg19Convolutions
    .filter(({ name }) => name in widths)
    .map(({ name, block, channels: all }) => {
      const { code, kept: channels = all } = widths[name]!;
      const layer = { name, block, inputChannels, channels, ...(code !== undefined && { code }) };
      inputChannels = channels;
      return layer;
    });
}

function firstLayer(image: Value, values: LiteValues, edge: EncoderOptions["edge"]): Value {
  const { name } = liteConvolutions[0]!;
  const centred = ops.sub(image, constant(tensor(caffePreprocessing.mean, [1, 3, 1, 1])));
  const padded =
    edge === "replicate"
      ? ops.pad(centred, { pads: [1, 1, 1, 1], mode: "replicate" })
      : ops.pad(centred, { pads: [1, 1, 1, 1] });
  return ops.conv(padded, values[`${name}.weight`]!, { bias: values[`${name}.bias`]! });
}

function codedLayer(x: Value, { name }: LiteLayer, values: LiteValues): Value {
  const code = ops.conv(x, values[`${name}.code`]!, { pads: [1, 1, 1, 1] });
  return ops.conv(code, values[`${name}.weight`]!, { bias: values[`${name}.bias`]! });
}

/**
 * Weights as constants. Under another pooling VGG-19's mean activations are others: features of the
 * taps are scaled from the ones to the others, and the layer after scales them back.
 */
function constants(weights: Weights, pooling: Required<EncoderOptions>["pooling"]): LiteValues {
  const [trained, wanted] = [channelMeans("average"), channelMeans(pooling)];
  const scales = new Map(
    liteTaps.map((tap) => [tap as string, wanted[tap]!.map((mean, i) => trained[tap]![i]! / mean)]),
  );
  const before = new Map(
    liteConvolutions.map(({ name }, i) => [name, reluOf(liteConvolutions[i - 1]?.name ?? "")]),
  );
  const entries = liteParameters().map(({ name, shape }) => {
    const data = expectTensor("lite", weights, name, shape).slice();
    const [layer, part] = name.split(".") as [string, string];
    if (part === "code") divideInputs(data, shape, scales.get(before.get(layer)!));
    else multiplyOutputs(data, shape, scales.get(reluOf(layer)));
    return [name, constant(tensor(data, shape), name)] as const;
  });
  return Object.fromEntries(entries);
}

function multiplyOutputs(
  data: Float32Array,
  [channels]: readonly number[],
  factors: Float32Array | undefined,
): void {
  if (factors === undefined) return;
  const each = data.length / channels!;
  for (let i = 0; i < data.length; i++) data[i]! *= factors[Math.floor(i / each)]!;
}

function divideInputs(
  data: Float32Array,
  [, inputs]: readonly number[],
  factors: Float32Array | undefined,
): void {
  if (factors === undefined) return;
  for (let i = 0; i < data.length; i++) data[i]! /= factors[Math.floor(i / 9) % inputs!]!;
}

/** {@link lite}, whose weights come with the program. */
export const liteEncoder = defineEncoder({
  name: "lite",
  title: "lite",
  file: "lite.safetensors",
  isEmbedded: true,
  layers: liteTaps,
  contentLayers: { relu4_2: 1 },
  styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"],
  // Eyes.
  dreamLayer: "relu5_1",
  trainingContentLayer: "relu2_1",
  // It is there for speed, and half of the steps show what it sees: docs/distillation.md.
  iterationsShare: 0.5,
  // Up to relu5_1; fitted to peaks of 568, 953, 2719 and 5221 MB at 256, 512, 1024 and 1448 px of a photo of 4:3.
  footprint: { bytes: 0.4e9, bytesPerPixel: 3100 },
  // Fitted to peaks of 413, 654 and 1053 MB at 256, 512 and 768 px of a photo of 4:3.
  dreamFootprint: { bytes: 0.36e9, bytesPerPixel: 1650 },
  smallestTile: 256,
  howToGet: () => "Install the program again, or make the file with deepstyle distil.",
  load: (weights, _, options) => lite(weights, options),
});
