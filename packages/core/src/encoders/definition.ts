import type { Encoder, EncoderOptions, Weights } from "./encoder.ts";

/** Peaks of memory that were measured, as a straight line over pixels. */
export interface Footprint {
  /** Of the weights, of which loading a program holds several copies, and of the process. */
  readonly bytes: number;
  /** Of feature maps and their gradients, for each pixel of the picture. */
  readonly bytesPerPixel: number;
}

/**
 * All that the program knows of an encoder: options, errors, memory, model store, documentation and `deepstyle doctor`
 * are derived from it.
 */
export interface EncoderDefinition<Name extends string = string> {
  /** Name in options, records and messages, such as `vgg19`. */
  readonly name: Name;
  /** Name in prose, such as `VGG-19`. */
  readonly title: string;
  /** Name of the weights file, such as `vgg19.safetensors`. */
  readonly file: string;
  /** Whether its weights come with the program. */
  readonly isEmbedded: boolean;
  /** Everything that can be asked for, in the order of the network. */
  readonly layers: readonly string[];
  /** Layers at which the photo is compared, with weights, where the options name none. */
  readonly contentLayers: Readonly<Record<string, number>>;
  /** Layers at which the painting is compared where the options name none, from shallow to deep. */
  readonly styleLayers: readonly [string, string, string, string, string];
  /** Layer that makes a good dream of most photos. */
  readonly dreamLayer: string;
  /** Layer at which photos are compared in training where the options name none. */
  readonly trainingContentLayer: string;
  /** Share of a method's usual iterations that are enough with it. */
  readonly iterationsShare: number;
  /** Of an optimisation, up to the deepest of the layers that are usual. */
  readonly footprint: Footprint;
  /** Of a dream, up to the deepest layer that makes a good one. */
  readonly dreamFootprint: Footprint;
  /** Side in pixels of the smallest tiles in which the deepest of the layers that are usual sees anything of its own. */
  readonly smallestTile: number;
  /** What to do where the weights are not found, as an imperative; `path` is the place for the file. */
  readonly howToGet: (path: string) => string;
  /**
   * The encoder with its weights.
   *
   * @param weights - tensors of its file
   * @param metadata - of its file
   * @throws {WeightsError} if a tensor is missing or has another shape
   */
  readonly load: (
    weights: Weights,
    metadata: ReadonlyMap<string, string>,
    options: Required<EncoderOptions>,
  ) => Encoder;
}

/** Checks the definition of an encoder and keeps its name's type. */
export function defineEncoder<const Name extends string>(
  definition: EncoderDefinition<Name>,
): EncoderDefinition<Name> {
  return definition;
}
