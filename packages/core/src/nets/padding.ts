import { ops, type Value } from "@deepstyle/engine";
import type { Architecture, NetworkLayer } from "./architecture.ts";

/** Pixels added to an image: `[top, left, bottom, right]`. */
export type Pads = readonly [number, number, number, number];

/**
 * Pixels that a layer adds before and after each row and column: kernel − 1 in all, so that the size
 * stays, or is divided by the stride and rounded up; the kernel is centred on the pixels that it
 * stands for. None where the layer is not padded.
 */
export function padsOf({
  kernel,
  stride,
  padded,
}: Pick<NetworkLayer, "kernel" | "stride" | "padded">): readonly [number, number] {
  if (!padded) return [0, 0];
  const before = Math.ceil((kernel - stride) / 2);
  return [before, kernel - 1 - before];
}

/**
 * Puts a border around feature maps as a network's `padding` option says.
 *
 * @param x - `[n, c, h, w]`
 * @param given - for `mean`, what to take for the mean of each channel; that of `x` if left out
 */
export function padBy(
  padding: Architecture["padding"],
  x: Value,
  pads: Pads,
  given?: Value,
): Value {
  if (padding === "zero") return ops.pad(x, { pads });
  if (padding !== "mean") return ops.pad(x, { pads, mode: padding });
  const mean = given ?? meanOf(x);
  return ops.add(ops.pad(ops.sub(x, mean), { pads }), mean);
}

/**
 * The mean of each channel, `[n, c, 1, 1]`. Taken about one position, it is exact where all are alike: of rounding a
 * normalisation makes 300 times as much, and a picture of one pixel would be a matter of the runtime.
 */
function meanOf(x: Value): Value {
  const first = ops.slice(x, { axes: [2, 3], starts: [0, 0], ends: [1, 1] });
  return ops.add(first, ops.reduceMean(ops.sub(x, first), { axes: [2, 3], keepDims: true }));
}

/**
 * Repeats the edge around a picture where a network mirrors it, so that a picture of one pixel passes, too, or
 * where its last layers are not padded.
 *
 * @returns the larger picture, and how to cut the network's result back to the picture's size
 */
export function withMargin(
  architecture: Architecture,
  picture: Value,
): { wide: Value; cut: (result: Value) => Value } {
  const side = marginOf(architecture);
  const wide = ops.pad(picture, { pads: [side, side, side, side], mode: "replicate" });
  const start = marginLeft(architecture);
  const cut = (result: Value): Value =>
    ops.cropLike(result, picture, { axes: [2, 3], starts: [start, start] });
  return { wide, cut };
}

/** Pixels of the margin on each side. */
export function marginOf({ kind, padding }: Architecture): number {
  const isMirrored = padding === "reflect" || padding === "symmetric";
  if (kind === "video") return padding === "zero" ? margin + dimmed : margin;
  return isMirrored ? margin : 0;
}

/** Pixels of the margin that a network's result has before its first row and column. */
export function marginLeft(architecture: Architecture): number {
  const used = architecture.kind === "video" ? margin : 0;
  return marginOf(architecture) - used;
}

/**
 * The widest border of a convolution is 4 px; its mirror image needs 5 px, and one may be there. The last
 * layers of a `video` network take 1 px each from either side at half of the size.
 */
const margin = 4;

/**
 * What zeros beyond the edges dim, in pixels of the picture: with them a `video` network paints a frame of that
 * width, which is cut away with the margin.
 */
const dimmed = 16;
