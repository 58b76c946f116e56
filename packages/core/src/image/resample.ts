import { fillTransparent } from "./fillTransparent.ts";
import type { Raster } from "./raster.ts";

/** Opacity below which nothing is left of a colour: divided by less, rounding would show. */
const smallestOpacity = 1 / 1024;

/**
 * Colour and opacity of a picture at other places. A pixel's colour counts as much as it is opaque: colours
 * are multiplied by opacity before and divided by it after, so that what is behind transparency does not
 * come forth at edges, and what is transparent afterwards is filled; see {@link fillTransparent}.
 *
 * Source: Porter and Duff 1984, "Compositing Digital Images", section 3 (premultiplied colours).
 *
 * @param size - in pixels, of the result
 * @param sample - takes planes of the picture's size to the new places, linearly
 * @returns of an opaque picture the samples as they are; of others colours clipped to [0, 1], as filters
 *   with negative lobes divide small numbers by smaller ones
 */
export function resampled(
  { data, alpha }: Raster,
  { width, height }: Pick<Raster, "width" | "height">,
  sample: (planes: Float32Array) => Float32Array,
): Raster {
  if (alpha === undefined) return { width, height, data: sample(data) };
  const opacity = sample(alpha);
  if (alpha.every((value) => value === 1))
    return { width, height, data: sample(data), alpha: opacity };
  const colours = sample(eachPlane(data, alpha, (value, share) => value * share));
  const divided = eachPlane(colours, opacity, (value, share) =>
    share < smallestOpacity ? 0 : Math.min(Math.max(value / share, 0), 1),
  );
  return fillTransparent({ width, height, data: divided, alpha: opacity });
}

/** Three planes, each combined with a fourth. */
function eachPlane(
  planes: Float32Array,
  other: Float32Array,
  combine: (value: number, other: number) => number,
): Float32Array {
  const result = new Float32Array(planes.length);
  const pixels = other.length;
  for (let start = 0; start < planes.length; start += pixels)
    for (let i = 0; i < pixels; i++) result[start + i] = combine(planes[start + i]!, other[i]!);
  return result;
}
