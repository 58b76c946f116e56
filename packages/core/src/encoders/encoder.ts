import type { Value } from "@deepstyle/engine";
import { unknownName } from "../options/suggestion.ts";
import type { WeightsTensor } from "../weights/safetensors.ts";

/** How a pooling layer sums up its window. */
export const poolings = ["max", "average", "l2"] as const;

/** One of {@link poolings}. */
export type Pooling = (typeof poolings)[number];

/**
 * What an encoder expects of its input. Wrong preprocessing is the most frequent silent error of
 * the field: the picture comes out, but dull or tinted.
 */
export interface Preprocessing {
  /** Order of the channels. */
  readonly order: "RGB" | "BGR";
  /** Subtracted from RGB in [0, 1], in RGB order whatever `order` says. */
  readonly mean: readonly [number, number, number];
  /** What the difference is multiplied with, in RGB order. */
  readonly scale: readonly [number, number, number];
}

/** Input of networks trained with Caffe: BGR in 0..255 minus the mean colour of ImageNet. */
export const caffePreprocessing: Preprocessing = {
  order: "BGR",
  mean: [123.68 / 255, 116.779 / 255, 103.939 / 255],
  scale: [255, 255, 255],
};

/** Input of torchvision's networks: RGB in [0, 1], standardised. */
export const torchvisionPreprocessing: Preprocessing = {
  order: "RGB",
  mean: [0.485, 0.456, 0.406],
  scale: [1 / 0.229, 1 / 0.224, 1 / 0.225],
};

/** Choices that change what an encoder computes. */
export interface EncoderOptions {
  /** How pooling layers sum up; max, as trained, if left out. */
  readonly pooling?: Pooling;
  /**
   * What lies beyond the edge for the first convolution: zeros, which are the mean colour and
   * leave a faint frame, or the edge repeated. Zeros, as trained, if left out.
   */
  readonly edge?: "zero" | "replicate";
}

/** A network that turns images into named features, with its weights. */
export interface Encoder {
  /** Name of the network, such as `vgg19`. */
  readonly name: string;
  /** Everything that can be asked for, in the order of the network. */
  readonly layers: readonly string[];
  /** Pixels of the image from one position of a layer to the next. */
  stride(layer: string): number;
  /**
   * Features of an image. Layers above the last one asked for are not built.
   *
   * @param image - RGB in [0, 1], `[n, 3, h, w]`
   * @param layers - names from {@link Encoder.layers}
   * @returns `[n, c, h / stride, w / stride]` for each name
   * @throws {OptionError} if a name is not a layer; the message suggests the nearest
   */
  features<Layer extends string>(image: Value, layers: readonly Layer[]): Record<Layer, Value>;
}

/** Weights by name, as read from a file. */
export type Weights = ReadonlyMap<string, WeightsTensor>;

/** @throws {OptionError} if one of the names is not a layer of the encoder */
export function expectLayers(
  encoder: Pick<Encoder, "name" | "layers">,
  names: readonly string[],
): void {
  const unknown = names.find((name) => !encoder.layers.includes(name));
  if (unknown !== undefined) throw unknownName(`layer of ${encoder.name}`, unknown, encoder.layers);
}
