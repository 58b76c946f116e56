import type { Span } from "../image/area.ts";
import type { NetworkLayer } from "./architecture.ts";
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
export function resultLength(layers: readonly NetworkLayer[], length: number): number {
  return layers.reduce((size, { kernel, stride, padded, enlarges, isEnlarged }) => {
    const whole = enlarges ? 2 * size : Math.ceil(size / stride);
    const result = padded ? whole : whole - (kernel - 1);
    return isEnlarged ? 2 * result : result;
  }, length);
}

/** Rows of the result for each row of the input, what is not padded left out of account. */
export function scaleOf(layers: readonly NetworkLayer[]): number {
  return layers.reduce(
    (scale, { stride, enlarges, isEnlarged }) =>
      (scale * (enlarges ? 2 : 1) * (isEnlarged ? 2 : 1)) / stride,
    1,
  );
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
export function tileSpan(layers: readonly NetworkLayer[], wanted: Span, length: number): TileSpan {
  const needed = layers.reduceRight((span, layer) => inputOf(layer, span), wanted);
  // Strides of the tile must fall on the rows on which they fall in the whole.
  const stride = layers.reduce((product, layer) => product * layer.stride, 1);
  const from = Math.max(0, Math.floor(needed.from / stride) * stride);
  const input = { from, to: Math.min(needed.to, length) };
  return { input, resultFrom: from * scaleOf(layers) };
}

/** What of its input a layer looks at for a span of its result; it may reach beyond the ends. */
function inputOf(layer: NetworkLayer, result: Span): Span {
  const { kernel, stride, enlarges, isEnlarged } = layer;
  const { from, to } = isEnlarged ? beforeEnlarging(result) : result;
  const [before, after] = padsOf(layer);
  // What is mirrored at the end lies as far inside as the border reaches outside.
  const looked = {
    from: from * stride - Math.max(before, after),
    to: (to - 1) * stride - before + kernel,
  };
  return enlarges ? beforeEnlarging(looked) : looked;
}

/** Interpolation reaches one row further than repetition; a transposed convolution no further. */
function beforeEnlarging({ from, to }: Span): Span {
  return { from: Math.floor(from / 2) - 1, to: Math.ceil(to / 2) + 1 };
}
