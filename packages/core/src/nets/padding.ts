import { ops, type Value } from "@deepstyle/engine";
import type { Architecture } from "./architecture.ts";

/** Pixels added to an image: `[top, left, bottom, right]`. */
export type Pads = readonly [number, number, number, number];

/**
 * Pixels that a layer adds before and after each row and column: kernel − 1 in all, so that the size
 * stays, or is divided by the stride and rounded up; the kernel is centred on the pixels that it
 * stands for.
 */
export function padsOf(kernel: number, stride: number): readonly [number, number] {
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
  const mean = given ?? ops.reduceMean(x, { axes: [2, 3], keepDims: true });
  return ops.add(ops.pad(ops.sub(x, mean), { pads }), mean);
}

/**
 * Repeats the edge around a picture where the padding of a network needs something to mirror, so
 * that a picture of one pixel passes, too.
 *
 * @returns the larger picture, and how to cut the network's result back to the picture's size
 */
export function withMargin(
  padding: Architecture["padding"],
  picture: Value,
): { wide: Value; cut: (result: Value) => Value } {
  const side = marginOf(padding);
  const wide = ops.pad(picture, { pads: [side, side, side, side], mode: "replicate" });
  const cut = (result: Value): Value =>
    ops.cropLike(result, picture, { axes: [2, 3], starts: [side, side] });
  return { wide, cut };
}

/** Pixels of the margin on each side. */
export function marginOf(padding: Architecture["padding"]): number {
  return padding === "reflect" || padding === "symmetric" ? mirrorMargin : 0;
}

/** The widest border of a convolution is 4 px; its mirror image needs 5 px, and one may be there. */
const mirrorMargin = 4;
