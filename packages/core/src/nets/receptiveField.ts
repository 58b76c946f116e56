import type { Span } from "../image/area.ts";
import { videoBlock, type Architecture, type NetworkLayer } from "./architecture.ts";
import { padsOf } from "./padding.ts";

/** A tile along one axis: what goes in for what is wanted. */
export interface TileSpan {
  /** Rows of the input. */
  readonly input: Span;
  /** The row of the whole result that the first row of the tile's result is. */
  readonly resultFrom: number;
}

/**
 * Length of what layers make of an input, along one axis.
 *
 * @param layers - successive layers
 * @param length - of the first one's input
 */
export function resultLength(
  architecture: Architecture,
  layers: readonly NetworkLayer[],
  length: number,
): number {
  return layers.reduce((size, layer) => {
    const result = layer.enlarges ? 2 * size : Math.ceil(size / layer.stride);
    return result * pixelsPerPosition(architecture, layer);
  }, length);
}

/**
 * The part of an input that decides a part of what layers make of it. Where it ends at the end of
 * the input, so does the tile's result, and the padding of the layers is the network's own; where it
 * ends inside, the padding spoils only rows beyond those that are wanted.
 *
 * @param layers - successive layers
 * @param wanted - rows of the result
 * @param length - rows of the whole input
 */
export function tileSpan(
  architecture: Architecture,
  layers: readonly NetworkLayer[],
  wanted: Span,
  length: number,
): TileSpan {
  const needed = layers.reduceRight((span, layer) => inputOf(architecture, layer, span), wanted);
  // Strides of the tile must fall on the rows on which they fall in the whole.
  const stride = layers.reduce((product, layer) => product * layer.stride, 1);
  const from = Math.max(0, Math.floor(needed.from / stride) * stride);
  const scale = layers.reduce(
    (factor, layer) =>
      ((factor * (layer.enlarges ? 2 : 1)) / layer.stride) * pixelsPerPosition(architecture, layer),
    1,
  );
  return { input: { from, to: Math.min(needed.to, length) }, resultFrom: from * scale };
}

/** What of its input a layer looks at for a span of its result; it may reach beyond the ends. */
function inputOf(architecture: Architecture, layer: NetworkLayer, result: Span): Span {
  const { kernel, stride, enlarges } = layer;
  const pixels = pixelsPerPosition(architecture, layer);
  const from = Math.floor(result.from / pixels);
  const to = Math.ceil(result.to / pixels);
  const [before, after] = padsOf(kernel, stride);
  // What is mirrored at the end lies as far inside as the border reaches outside.
  const looked = {
    from: from * stride - Math.max(before, after),
    to: (to - 1) * stride - before + kernel,
  };
  if (!enlarges) return looked;
  // Interpolation reaches one row further than repetition; a transposed convolution no further.
  return { from: Math.floor(looked.from / 2) - 1, to: Math.ceil(looked.to / 2) + 1 };
}

/** The last layer of a `video` network makes a block of pixels of each position. */
function pixelsPerPosition({ kind }: Architecture, { name }: NetworkLayer): number {
  return kind === "video" && name === "out" ? videoBlock : 1;
}
