import { constant, ops, tensor, type Value } from "@deepstyle/engine";
import {
  expectLayers,
  type Encoder,
  type EncoderOptions,
  type Preprocessing,
  type Weights,
} from "./encoder.ts";
import { defineEncoder } from "./definition.ts";
import { expectTensor, foldPreprocessing } from "./parameters.ts";

/** A layer of GoogLeNet: what it is computed from, and how. */
export type GoogLeNetLayer =
  | {
      /** A convolution with its ReLU; padded so that a stride of 1 keeps the size. */
      readonly kind: "convolution";
      readonly from: readonly [string];
      readonly inputChannels: number;
      readonly channels: number;
      /** Side of the kernel. */
      readonly kernel: number;
      readonly stride: number;
    }
  | {
      /** The largest of 3×3: of all such windows, or of every second one, the last hanging over. */
      readonly kind: "pooling";
      readonly from: readonly [string];
      readonly stride: 1 | 2;
    }
  | { readonly kind: "normalisation"; readonly from: readonly [string] }
  | {
      /** Channels of several layers one after the other. */
      readonly kind: "joining";
      readonly from: readonly [string, ...string[]];
    };

/** Channels inside an inception module; Szegedy et al. 2015, table 1. */
interface Module {
  readonly name: string;
  /** The pooling layer before it, where there is one. */
  readonly after?: string;
  /** 1×1. */
  readonly single: number;
  /** 1×1, then 3×3. */
  readonly middle: readonly [number, number];
  /** 1×1, then 5×5. */
  readonly wide: readonly [number, number];
  /** 1×1 after pooling. */
  readonly pooled: number;
}

const modules: readonly Module[] = [
  { name: "3a", after: "pool2", single: 64, middle: [96, 128], wide: [16, 32], pooled: 32 },
  { name: "3b", single: 128, middle: [128, 192], wide: [32, 96], pooled: 64 },
  { name: "4a", after: "pool3", single: 192, middle: [96, 208], wide: [16, 48], pooled: 64 },
  { name: "4b", single: 160, middle: [112, 224], wide: [24, 64], pooled: 64 },
  { name: "4c", single: 128, middle: [128, 256], wide: [24, 64], pooled: 64 },
  { name: "4d", single: 112, middle: [144, 288], wide: [32, 64], pooled: 64 },
  { name: "4e", single: 256, middle: [160, 320], wide: [32, 128], pooled: 128 },
  { name: "5a", after: "pool4", single: 256, middle: [160, 320], wide: [32, 128], pooled: 128 },
  { name: "5b", single: 384, middle: [192, 384], wide: [48, 128], pooled: 128 },
];

/** What the table calls the image, as Caffe does. */
const data = "data";

const table: ReadonlyMap<string, GoogLeNetLayer> = layerTable();

/** Everything that can be asked of GoogLeNet, in the order of the network. */
export const googlenetLayers: readonly string[] = [...table.keys()];

/**
 * Caffe's input for GoogLeNet: BGR in 0..255 minus the mean colour of ImageNet, which its authors
 * rounded.
 */
export const googlenetPreprocessing: Preprocessing = {
  order: "BGR",
  mean: [123 / 255, 117 / 255, 104 / 255],
  scale: [255, 255, 255],
};

/**
 * GoogLeNet, the network of the first deep dreams, as BVLC trained it: layers by the names of that
 * release, from `conv1/7x7_s2` to `inception_5b/output`. Convolutions are given after their ReLU.
 *
 * Pooling stays max, as trained: it is half of what an inception module does, not only a change of
 * size. torchvision's GoogLeNet is another network, with batch normalisation.
 *
 * @param weights - names of the layers with `.weight` `[k, c, kh, kw]` and `.bias` `[k]`
 * @throws {WeightsError} if a tensor is missing or has another shape
 *
 * Source: Szegedy et al. 2015, "Going Deeper with Convolutions"; BVLC's bvlc_googlenet.
 */
export function googlenet(
  weights: Weights,
  { edge = "zero" }: Pick<EncoderOptions, "edge"> = {},
): Encoder {
  const parameters = preparedParameters(weights);
  return {
    name: "googlenet",
    layers: googlenetLayers,
    stride: strideOf,
    features<Layer extends string>(image: Value, wanted: readonly Layer[]) {
      expectLayers({ name: "googlenet", layers: googlenetLayers }, wanted);
      const centred = ops.sub(image, constant(tensor(googlenetPreprocessing.mean, [1, 3, 1, 1])));
      const found = new Map<string, Value>([[data, centred]]);
      const pull = (name: string): Value => {
        const known = found.get(name);
        if (known !== undefined) return known;
        const layer = table.get(name)!;
        const made = compute(layer, layer.from.map(pull), parameters.get(name), edge);
        found.set(name, made);
        return made;
      };
      return Object.fromEntries(wanted.map((name) => [name, pull(name)])) as Record<Layer, Value>;
    },
  };
}

/** Kernels `[k, c, kh, kw]` and offsets `[k]` of a convolution. */
interface Parameters {
  readonly weight: Value;
  readonly bias: Value;
}

function compute(
  layer: GoogLeNetLayer,
  inputs: readonly Value[],
  parameters: Parameters | undefined,
  edge: EncoderOptions["edge"],
): Value {
  const [x] = inputs as readonly [Value];
  switch (layer.kind) {
    case "convolution": {
      const { weight, bias } = parameters!;
      const strides = [layer.stride, layer.stride] as const;
      const margin = (layer.kernel - 1) / 2;
      const pads = [margin, margin, margin, margin] as const;
      const isFirst = layer.from[0] === data;
      return ops.relu(
        isFirst && edge === "replicate"
          ? ops.conv(ops.pad(x, { pads, mode: "replicate" }), weight, { bias, strides })
          : ops.conv(x, weight, { bias, strides, pads }),
      );
    }
    case "pooling":
      return layer.stride === 1
        ? ops.maxPool(x, { kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] })
        : ops.maxPool(x, { kernel: [3, 3], strides: [2, 2], ceil: true });
    case "normalisation":
      return ops.localResponseNormalization(x, { size: 5, alpha: 1e-4, beta: 0.75, bias: 1 });
    case "joining":
      return ops.concat(inputs, { axis: 1 });
  }
}

function strideOf(name: string): number {
  if (name === data) return 1;
  const layer = table.get(name)!;
  return strideOf(layer.from[0]) * ("stride" in layer ? layer.stride : 1);
}

function layerTable(): Map<string, GoogLeNetLayer> {
  const layers = new Map<string, GoogLeNetLayer>();
  const channelsOf = (name: string): number => {
    if (name === data) return 3;
    const layer = layers.get(name)!;
    return layer.kind === "convolution"
      ? layer.channels
      : layer.from.reduce((sum, input) => sum + channelsOf(input), 0);
  };
  const add = (name: string, layer: GoogLeNetLayer): string => {
    layers.set(name, layer);
    return name;
  };
  const convolution = (name: string, from: string, channels: number, kernel: number, stride = 1) =>
    add(name, {
      kind: "convolution",
      from: [from],
      inputChannels: channelsOf(from),
      channels,
      kernel,
      stride,
    });
  const pooling = (name: string, from: string, stride: 1 | 2) =>
    add(name, { kind: "pooling", from: [from], stride });
  const normalisation = (name: string, from: string) =>
    add(name, { kind: "normalisation", from: [from] });

  let last = convolution("conv1/7x7_s2", data, 64, 7, 2);
  last = normalisation("pool1/norm1", pooling("pool1/3x3_s2", last, 2));
  last = convolution("conv2/3x3", convolution("conv2/3x3_reduce", last, 64, 1), 192, 3);
  last = normalisation("conv2/norm2", last);
  for (const { name, after, single, middle, wide, pooled } of modules) {
    const from = after === undefined ? last : pooling(`${after}/3x3_s2`, last, 2);
    const inside = (part: string): string => `inception_${name}/${part}`;
    const reduced = (part: string, channels: number): string =>
      convolution(inside(part), from, channels, 1);
    const branches: [string, ...string[]] = [
      reduced("1x1", single),
      convolution(inside("3x3"), reduced("3x3_reduce", middle[0]), middle[1], 3),
      convolution(inside("5x5"), reduced("5x5_reduce", wide[0]), wide[1], 5),
      convolution(inside("pool_proj"), pooling(inside("pool"), from, 1), pooled, 1),
    ];
    last = add(inside("output"), { kind: "joining", from: branches });
  }
  return layers;
}

function preparedParameters(weights: Weights): ReadonlyMap<string, Parameters> {
  const parameters = new Map<string, Parameters>();
  for (const [name, layer] of table) {
    if (layer.kind !== "convolution") continue;
    const { from, inputChannels, channels, kernel } = layer;
    const shape = [channels, inputChannels, kernel, kernel];
    const weight = expectTensor("GoogLeNet", weights, `${name}.weight`, shape).slice();
    const bias = expectTensor("GoogLeNet", weights, `${name}.bias`, [channels]);
    if (from[0] === data) foldPreprocessing(weight, channels, googlenetPreprocessing);
    parameters.set(name, {
      weight: constant(tensor(weight, shape), `${name}.weight`),
      bias: constant(tensor(bias, [channels]), `${name}.bias`),
    });
  }
  return parameters;
}

/** {@link googlenet}, the network of deep dreams. */
export const googlenetEncoder = defineEncoder({
  name: "googlenet",
  title: "GoogLeNet",
  file: "googlenet.safetensors",
  isEmbedded: false,
  layers: googlenetLayers,
  // Its mean square over photos is 72 times that of relu4_2 of VGG-19 as it is normalised.
  contentLayers: { "inception_3b/output": 0.014 },
  styleLayers: [
    "conv1/7x7_s2",
    "conv2/3x3",
    "inception_3a/output",
    "inception_3b/output",
    "inception_4a/output",
  ],
  // Towers, temples, animals, cars.
  dreamLayer: "inception_4c/output",
  trainingContentLayer: "conv2/3x3",
  iterationsShare: 1,
  // Up to inception_4c/output; fitted to the peaks that docs/dreams.md lists.
  footprint: { bytes: 0.3e9, bytesPerPixel: 1600 },
  // Fitted to the peaks that docs/dreams.md lists.
  dreamFootprint: { bytes: 0.3e9, bytesPerPixel: 1600 },
  smallestTile: 832,
  howToGet: (path) =>
    `Copy BVLC's GoogLeNet as safetensors with Caffe's names (conv1/7x7_s2.weight, …) to ${path}, name its folder with --models DIR, or take layers of another network, as relu4_1.`,
  load: (weights, _, { edge }) => googlenet(weights, { edge }),
});
