import { constant, ops, tensor, type ConvOptions, type Value } from "@deepstyle/engine";
import { defineEncoder } from "./definition.ts";
import {
  expectLayers,
  torchvisionPreprocessing,
  type Encoder,
  type EncoderOptions,
  type Pooling,
  type Preprocessing,
  type Weights,
} from "./encoder.ts";
import { expectTensor, foldPreprocessing } from "./parameters.ts";

/** A fire module: 1×1 to few channels, from which 1×1 and 3×3 go on side by side. */
interface Fire {
  readonly name: string;
  /** Index in torchvision's `features` list, which names the weights. */
  readonly index: number;
  readonly inputChannels: number;
  /** Channels between. */
  readonly squeezed: number;
  /** Channels of each of the two. */
  readonly expanded: number;
  /** Whether a pooling layer comes before it. */
  readonly isPooled: boolean;
  readonly stride: number;
}

const firstChannels = 64;

/** Iandola et al. 2016, version 1.1 of the authors' release. */
const fires: readonly Fire[] = [
  {
    name: "fire2",
    index: 3,
    inputChannels: 64,
    squeezed: 16,
    expanded: 64,
    isPooled: true,
    stride: 4,
  },
  {
    name: "fire3",
    index: 4,
    inputChannels: 128,
    squeezed: 16,
    expanded: 64,
    isPooled: false,
    stride: 4,
  },
  {
    name: "fire4",
    index: 6,
    inputChannels: 128,
    squeezed: 32,
    expanded: 128,
    isPooled: true,
    stride: 8,
  },
  {
    name: "fire5",
    index: 7,
    inputChannels: 256,
    squeezed: 32,
    expanded: 128,
    isPooled: false,
    stride: 8,
  },
  {
    name: "fire6",
    index: 9,
    inputChannels: 256,
    squeezed: 48,
    expanded: 192,
    isPooled: true,
    stride: 16,
  },
  {
    name: "fire7",
    index: 10,
    inputChannels: 384,
    squeezed: 48,
    expanded: 192,
    isPooled: false,
    stride: 16,
  },
  {
    name: "fire8",
    index: 11,
    inputChannels: 384,
    squeezed: 64,
    expanded: 256,
    isPooled: false,
    stride: 16,
  },
  {
    name: "fire9",
    index: 12,
    inputChannels: 512,
    squeezed: 64,
    expanded: 256,
    isPooled: false,
    stride: 16,
  },
];

/** Everything that can be asked of SqueezeNet, in the order of the network; all after their ReLU. */
const layers: readonly string[] = ["relu1", ...fires.map(({ name }) => name)];

/** Input of the authors' release for Caffe: BGR in 0..255 minus the mean colour of ImageNet, rounded. */
const caffePreprocessing: Preprocessing = {
  order: "BGR",
  mean: [123 / 255, 117 / 255, 104 / 255],
  scale: [255, 255, 255],
};

/** Settings of {@link squeezenet}. */
export interface SqueezeNetOptions extends EncoderOptions {
  /** What the weights were trained with; torchvision's if left out. */
  readonly preprocessing?: Preprocessing;
}

/**
 * SqueezeNet 1.1: `relu1`, then the fire modules `fire2` … `fire9`.
 *
 * The first convolution has no border, as trained; with the edge repeated it has one of a pixel.
 *
 * @param weights - torchvision's names, `features.0.weight` …, `features.3.squeeze.weight` …
 * @throws {WeightsError} if a tensor is missing or has another shape
 *
 * Source: Iandola et al. 2016, "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters".
 */
export function squeezenet(
  weights: Weights,
  {
    preprocessing = torchvisionPreprocessing,
    pooling = "max",
    edge = "zero",
  }: SqueezeNetOptions = {},
): Encoder {
  const first = parameters(weights, "features.0", [firstChannels, 3, 3, 3], preprocessing);
  const modules = fires.map((fire) => ({ ...fire, ...fireParameters(weights, fire) }));
  return {
    name: "squeezenet",
    layers,
    stride: (layer) => fires.find(({ name }) => name === layer)?.stride ?? 2,
    features<Layer extends string>(image: Value, wanted: readonly Layer[]) {
      expectLayers({ name: "squeezenet", layers }, wanted);
      const found: Record<string, Value> = {};
      const missing = new Set<string>(wanted);
      const keep = (name: string, value: Value): Value => {
        missing.delete(name);
        return (found[name] = value);
      };
      const centred = ops.sub(image, constant(tensor(preprocessing.mean, [1, 3, 1, 1])));
      const bordered =
        edge === "replicate"
          ? ops.pad(centred, { pads: [1, 1, 1, 1], mode: "replicate" })
          : centred;
      let x = keep("relu1", convolved(bordered, first, { strides: [2, 2] }));
      for (const { name, isPooled, squeeze, narrow, wide } of modules) {
        if (missing.size === 0) break;
        const short = convolved(isPooled ? pooled(x, pooling) : x, squeeze);
        const both = [convolved(short, narrow), convolved(short, wide, { pads: [1, 1, 1, 1] })];
        x = keep(name, ops.concat(both, { axis: 1 }));
      }
      return Object.fromEntries(wanted.map((name) => [name, found[name]!])) as Record<Layer, Value>;
    },
  };
}

/** {@link squeezenet}, the smallest of the encoders. */
export const squeezenetEncoder = defineEncoder({
  name: "squeezenet",
  title: "SqueezeNet 1.1",
  file: "squeezenet1_1.safetensors",
  isEmbedded: false,
  layers,
  // Its mean square over photos is 38 times that of relu4_2 of VGG-19 as it is normalised.
  contentLayers: { fire5: 0.026 },
  styleLayers: ["relu1", "fire2", "fire4", "fire6", "fire8"],
  // Eyes.
  dreamLayer: "fire8",
  trainingContentLayer: "fire3",
  iterationsShare: 1,
  // Fitted to peaks of 383 and 464 MB at 256 and 384 px of a photo of 4:3.
  footprint: { bytes: 0.33e9, bytesPerPixel: 1500 },
  // Up to fire8; fitted to peaks of 213, 343 and 525 MB at 256, 512 and 768 px of a photo of 3:2.
  dreamFootprint: { bytes: 0.18e9, bytesPerPixel: 1000 },
  smallestTile: 288,
  howToGet: (path) =>
    `Copy SqueezeNet 1.1 as safetensors with torchvision's names (features.0.weight, features.3.squeeze.weight, …; the authors' release for Caffe with input_order "BGR" in its metadata) to ${path}, or name its folder with --models DIR.`,
  load: (weights, metadata, { pooling, edge }) =>
    squeezenet(weights, {
      preprocessing:
        metadata.get("input_order") === "BGR" ? caffePreprocessing : torchvisionPreprocessing,
      pooling,
      edge,
    }),
});

/** Kernels `[k, c, kh, kw]` and offsets `[k]` of a convolution. */
interface Parameters {
  readonly weight: Value;
  readonly bias: Value;
}

function convolved(
  x: Value,
  { weight, bias }: Parameters,
  options: Pick<ConvOptions, "strides" | "pads"> = {},
): Value {
  return ops.relu(ops.conv(x, weight, { bias, ...options }));
}

/** Windows of 3×3, every second one; the last may hang over the edge, as trained, unless zeros would count. */
function pooled(x: Value, pooling: Pooling): Value {
  const windows = { kernel: [3, 3], strides: [2, 2] } as const;
  if (pooling === "average") return ops.averagePool(x, windows);
  if (pooling === "l2") return ops.lpPool(x, windows);
  return ops.maxPool(x, { ...windows, ceil: true });
}

function fireParameters(
  weights: Weights,
  { index, inputChannels, squeezed, expanded }: Fire,
): Readonly<Record<"squeeze" | "narrow" | "wide", Parameters>> {
  const at = `features.${index}`;
  return {
    squeeze: parameters(weights, `${at}.squeeze`, [squeezed, inputChannels, 1, 1]),
    narrow: parameters(weights, `${at}.expand1x1`, [expanded, squeezed, 1, 1]),
    wide: parameters(weights, `${at}.expand3x3`, [expanded, squeezed, 3, 3]),
  };
}

/** @param preprocessing - folded into the first convolution */
function parameters(
  weights: Weights,
  name: string,
  shape: readonly [number, number, number, number],
  preprocessing?: Preprocessing,
): Parameters {
  const [channels] = shape;
  const weight = expectTensor("SqueezeNet", weights, `${name}.weight`, shape).slice();
  if (preprocessing !== undefined) foldPreprocessing(weight, channels, preprocessing);
  const bias = expectTensor("SqueezeNet", weights, `${name}.bias`, [channels]);
  return {
    weight: constant(tensor(weight, shape), `${name}.weight`),
    bias: constant(tensor(bias, [channels]), `${name}.bias`),
  };
}
