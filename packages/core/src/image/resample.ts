import type { Raster } from "./raster.ts";

/** Opacity below which colours are taken as they are: divided by less, rounding would show. */
const smallestOpacity = 1 / 1024;

/**
 * Colour and opacity of a picture at other places. A pixel's colour counts as much as it is opaque: colours
 * are multiplied by opacity before and divided by it after, so that what is behind transparency does not
 * come forth at edges. Where the result is transparent, colours are what they would be without.
 *
 * Source: Porter and Duff 1984, "Compositing Digital Images", section 3 (premultiplied colours).
 *
 * @param sample - takes planes of the picture's size to the new places, linearly
 * @returns of an opaque picture the samples as they are; of others colours clipped to [0, 1], as filters
 *   with negative lobes divide small numbers by smaller ones
 */
export function resampled(
  { data, alpha }: Raster,
  sample: (planes: Float32Array) => Float32Array,
): Pick<Raster, "data" | "alpha"> {
  const colours = sample(data);
  if (alpha === undefined) return { data: colours };
  const opacity = sample(alpha);
  if (alpha.every((value) => value === 1)) return { data: colours, alpha: opacity };
  const multiplied = sample(data.map((value, i) => value * alpha[i % alpha.length]!));
  for (let i = 0; i < colours.length; i++) {
    const share = opacity[i % opacity.length]!;
    const colour = share < smallestOpacity ? colours[i]! : multiplied[i]! / share;
    colours[i] = Math.min(Math.max(colour, 0), 1);
  }
  return { data: colours, alpha: opacity };
}
