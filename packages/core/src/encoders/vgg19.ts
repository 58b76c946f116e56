import { constant, ops, tensor, type ConstantValue, type Value } from "@deepstyle/engine";
import {
  caffePreprocessing,
  expectLayers,
  torchvisionPreprocessing,
  type Encoder,
  type EncoderOptions,
  type Pooling,
  type Preprocessing,
  type Weights,
} from "./encoder.ts";
import { channelMeans } from "./channelMeans.ts";
import { defineEncoder } from "./definition.ts";
import { expectTensor, foldPreprocessing } from "./parameters.ts";

/** One convolution of VGG-19. */
export interface ConvLayer {
  /** `conv3_2`; its ReLU is `relu3_2`. */
  readonly name: string;
  readonly block: number;
  readonly inputChannels: number;
  readonly channels: number;
  /** Index in torchvision's `features` list, which names the weights. */
  readonly index: number;
}

const blocks = [
  { channels: 64, convolutions: 2 },
  { channels: 128, convolutions: 2 },
  { channels: 256, convolutions: 4 },
  { channels: 512, convolutions: 4 },
  { channels: 512, convolutions: 4 },
];

/** The 16 convolutions of VGG-19 in order. Simonyan and Zisserman 2014, configuration E. */
export const vgg19Convolutions: readonly ConvLayer[] = convolutions();

const layerNames = vgg19Convolutions.flatMap(({ name, block }, i) => {
  const last = vgg19Convolutions[i + 1]?.block !== block;
  return [name, name.replace("conv", "relu"), ...(last ? [`pool${block}`] : [])];
});

/** Settings of {@link vgg19}. */
export interface Vgg19Options extends EncoderOptions {
  /** What the weights were trained with; see {@link vgg19Preprocessing}. */
  readonly preprocessing: Preprocessing;
  /**
   * Mean activation of each channel by layer (`relu1_1` … `relu5_4`). Where given, weights are
   * scaled so that each of these means becomes 1: features are divided by it, exactly.
   */
  readonly channelMeans?: Readonly<Record<string, Float32Array>> | undefined;
  /** Factor between each pooling layer and the convolution after it; 1 if left out. */
  readonly poolingScale?: number;
}

/**
 * VGG-19: 16 convolutions `conv1_1` … `conv5_4` with their `relu`s, and `pool1` … `pool5`.
 *
 * @param weights - torchvision's names, `features.0.weight` …, `[k, c, 3, 3]`
 * @throws {WeightsError} if a tensor is missing or has another shape
 */
export function vgg19(weights: Weights, options: Vgg19Options): Encoder {
  const layers = vgg19Parameters(weights, options);
  const { preprocessing, pooling = "max", edge = "zero" } = options;
  return {
    name: "vgg19",
    layers: layerNames,
    stride: (layer) => {
      const block = Number(/\d/.exec(layer)?.[0]);
      return 2 ** (layer.startsWith("pool") ? block : block - 1);
    },
    features<Layer extends string>(image: Value, wanted: readonly Layer[]) {
      expectLayers({ name: "vgg19", layers: layerNames }, wanted);
      const found: Partial<Record<string, Value>> = {};
      const missing = new Set<string>(wanted);
      const keep = (name: string, value: Value): Value => {
        found[name] = value;
        missing.delete(name);
        return value;
      };
      let x = ops.sub(image, constant(tensor(preprocessing.mean, [1, 3, 1, 1])));
      for (const [i, { name, block, weight, bias }] of layers.entries()) {
        if (missing.size === 0) break;
        const padded = i === 0 && edge === "replicate";
        if (padded) x = ops.pad(x, { pads: [1, 1, 1, 1], mode: "replicate" });
        const sums = ops.conv(x, weight, { bias, pads: padded ? [0, 0, 0, 0] : [1, 1, 1, 1] });
        keep(name, sums);
        x = keep(name.replace("conv", "relu"), ops.relu(sums));
        if (layers[i + 1]?.block === block || missing.size === 0) continue;
        x = keep(`pool${block}`, poolRelu(sums, x, pooling));
      }
      const entries = wanted.map((name) => [name, found[name]!] as const);
      return Object.fromEntries(entries) as Record<Layer, Value>;
    },
  };
}

/** VGG-19 with its channels normalised. */
export const vgg19Encoder = defineEncoder({
  name: "vgg19",
  title: "VGG-19",
  file: "vgg19.safetensors",
  isEmbedded: false,
  layers: layerNames,
  contentLayers: { relu4_2: 1 },
  styleLayers: ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"],
  // Faces.
  dreamLayer: "relu5_1",
  trainingContentLayer: "relu2_2",
  iterationsShare: 1,
  // Up to relu5_1; fitted to the peaks that docs/methods.md lists.
  footprint: { bytes: 1.6e9, bytesPerPixel: 3400 },
  // Fitted to peaks of 1616 and 2008 MB at 256 and 512 px of a photo of 4:3.
  dreamFootprint: { bytes: 1.55e9, bytesPerPixel: 2700 },
  smallestTile: 256,
  howToGet: (path) =>
    `Copy VGG-19 as safetensors with torchvision's names (features.0.weight, …; Caffe's release with input_order "BGR" in its metadata, or torchvision's own) to ${path}, or name its folder with --models DIR.`,
  load: (weights, metadata, { pooling, edge }) =>
    vgg19(weights, {
      preprocessing: vgg19Preprocessing(metadata),
      pooling,
      edge,
      channelMeans: channelMeans(pooling),
    }),
});

/** A convolution of VGG-19 with the numbers that it computes with. */
export interface ConvParameters extends ConvLayer {
  /** `[channels, inputChannels, 3, 3]` */
  readonly weight: ConstantValue;
  /** `[channels]` */
  readonly bias: ConstantValue;
}

/**
 * The convolutions of VGG-19 in order, with preprocessing and normalisation folded in: for RGB in
 * [0, 1] minus the mean colour.
 *
 * @param weights - as for {@link vgg19}
 * @throws {WeightsError} if a tensor is missing or has another shape
 */
export function vgg19Parameters(weights: Weights, options: Vgg19Options): ConvParameters[] {
  return vgg19Convolutions.map((layer) => ({
    ...layer,
    ...preparedWeights(layer, weights, options),
  }));
}

/**
 * What a weights file was trained with, read off its metadata: the Caffe release says
 * `input_order: BGR`, torchvision's own file says nothing.
 */
export function vgg19Preprocessing(metadata: ReadonlyMap<string, string>): Preprocessing {
  return metadata.get("input_order") === "BGR" ? caffePreprocessing : torchvisionPreprocessing;
}

function convolutions(): ConvLayer[] {
  const layers: ConvLayer[] = [];
  let inputChannels = 3;
  let index = 0;
  for (const [b, { channels, convolutions: count }] of blocks.entries()) {
    for (let i = 1; i <= count; i++) {
      layers.push({ name: `conv${b + 1}_${i}`, block: b + 1, inputChannels, channels, index });
      inputChannels = channels;
      index += 2; // its ReLU has an index, too
    }
    index += 1; // so has the pooling layer
  }
  return layers;
}

/** Weights of a layer with preprocessing and normalisation folded in. */
function preparedWeights(
  { name, index, block, channels, inputChannels }: ConvLayer,
  weights: Weights,
  { preprocessing, channelMeans, poolingScale = 1 }: Vgg19Options,
): Pick<ConvParameters, "weight" | "bias"> {
  const shape = [channels, inputChannels, 3, 3];
  const weight = expectTensor("VGG-19", weights, `features.${index}.weight`, shape).slice();
  const bias = expectTensor("VGG-19", weights, `features.${index}.bias`, [channels]).slice();
  if (index === 0) foldPreprocessing(weight, channels, preprocessing);
  if (channelMeans !== undefined) {
    const previous = index === 0 ? undefined : channelMeans[reluBefore(index)];
    normalise(weight, bias, channelMeans[name.replace("conv", "relu")]!, previous);
  }
  // A convolution is linear: scaled inputs are scaled kernels, which cost nothing.
  if (poolingScale !== 1 && index > 0 && layerBefore(index).block !== block)
    for (let i = 0; i < weight.length; i++) weight[i]! *= poolingScale;
  return {
    weight: constant(tensor(weight, shape), `${name}.weight`),
    bias: constant(tensor(bias, [channels]), `${name}.bias`),
  };
}

function reluBefore(index: number): string {
  return layerBefore(index).name.replace("conv", "relu");
}

function layerBefore(index: number): ConvLayer {
  return vgg19Convolutions[vgg19Convolutions.findIndex((layer) => layer.index === index) - 1]!;
}

/**
 * Scales filter i by 1/μᵢ and its inputs back by the means of the layer before: as ReLU and pooling
 * are positively homogeneous, every activation becomes Fᵢ/μᵢ (Gatys et al. 2016, section 2).
 */
function normalise(
  weight: Float32Array,
  bias: Float32Array,
  means: Float32Array,
  previous: Float32Array | undefined,
): void {
  const perFilter = weight.length / means.length;
  for (let i = 0; i < weight.length; i++) {
    const filter = Math.floor(i / perFilter);
    const channel = Math.floor((i % perFilter) / 9);
    weight[i]! *= (previous?.[channel] ?? 1) / means[filter]!;
  }
  for (let i = 0; i < bias.length; i++) bias[i]! /= means[i]!;
}

/**
 * Pooling of a ReLU. The maximum of ReLUs is the ReLU of the maximum, whose gradient has a mask of a
 * quarter of the size.
 *
 * @param sums - what the ReLU is of
 * @param relu - the ReLU
 */
export function poolRelu(sums: Value, relu: Value, pooling: Pooling): Value {
  return pooling === "max" ? ops.relu(pool2x2(sums, pooling)) : pool2x2(relu, pooling);
}

/** Pooling over windows of 2×2, as all pooling layers of VGG do; an odd last row is left out. */
export function pool2x2(x: Value, pooling: Pooling): Value {
  const options = { kernel: [2, 2] } as const;
  if (pooling === "average") return ops.averagePool(x, options);
  return pooling === "l2" ? ops.lpPool(x, options) : ops.maxPool(x, options);
}
