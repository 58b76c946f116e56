import type { Footprint } from "../encoders/definition.ts";
import { encoderNamed } from "../encoders/index.ts";
import { OptionError } from "../errors.ts";

/** What several networks take together. */
export function sumOf(parts: readonly Footprint[]): Footprint {
  return {
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesPerPixel: parts.reduce((sum, { bytesPerPixel }) => sum + bytesPerPixel, 0),
  };
}

/**
 * Of feature maps that are weighed for a region, and their gradients. On a pair at 768×512 px, peaks above
 * that without regions were 0.2, 0.5 and 1.7 GB for one to three regions and the rest.
 */
const bytesPerPixelOfPart = 1100;

/** Parts that a picture is divided into by regions, the rest being one; 0 if it is not. */
export function partsOf(regions: number): number {
  return regions === 0 ? 0 : regions + 1;
}

/** Bytes for people to read: `2.1 GB`. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/**
 * Peak memory of an optimisation on the CPU in bytes, process included.
 *
 * @param encoders - names of the networks that the loss looks at; VGG-19 if left out
 * @param regions - how many parts have a style of their own
 */
export function memoryNeeded(
  { width, height }: { width: number; height: number },
  encoders: readonly string[] = ["vgg19"],
  regions = 0,
): number {
  const { bytes, bytesPerPixel } = sumOf(encoders.map((name) => encoderNamed(name).footprint));
  return bytes + (bytesPerPixel + bytesPerPixelOfPart * partsOf(regions)) * width * height;
}

/**
 * Longer side, in pixels, of the largest picture of the same proportions that fits in `bytes`.
 *
 * @param encoders - as in {@link memoryNeeded}
 * @param regions - as in {@link memoryNeeded}
 */
export function largestLongSide(
  { width, height }: { width: number; height: number },
  bytes: number,
  encoders: readonly string[] = ["vgg19"],
  regions = 0,
): number {
  const fixed = memoryNeeded({ width: 0, height: 0 }, encoders, regions);
  const bytesPerPixel = memoryNeeded({ width: 1, height: 1 }, encoders, regions) - fixed;
  return longSideOf({ width, height }, Math.max(0, bytes - fixed) / bytesPerPixel);
}

/** Longer side of a picture of the same proportions that has so many pixels. */
export function longSideOf(
  { width, height }: { width: number; height: number },
  pixels: number,
): number {
  return Math.floor(Math.max(width, height) * Math.sqrt(pixels / (width * height)));
}

/** Work that does not fit in memory. */
export interface TooLarge {
  /** Of the picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** Expected peak in bytes. */
  readonly needed: number;
  /** Bytes that may be used. */
  readonly memory: number;
  /** Longer side in pixels of the largest picture that would fit; rounded down, as free memory moves. */
  readonly largest: number;
  /** Whether it was tried to do with tiles. */
  readonly inTiles: boolean;
}

/** The refusal of a picture that does not fit in memory, whatever paints it. */
export function tooLarge(work: TooLarge): OptionError {
  const { width, height, needed, memory, inTiles } = work;
  const longSide = Math.max(width, height);
  const largest = Math.min(Math.floor(work.largest / 16) * 16, longSide - 1);
  const advice =
    largest >= 16
      ? `Choose a size of at most ${largest} px.`
      : "Not even a small picture fits: give it more, or close other programs.";
  return new OptionError(
    `size ${longSide} needs ${gigabytes(needed)} of memory for ${width} × ${height} px${inTiles ? " even in tiles" : ""}; expected at most the ${gigabytes(memory)} that may be used. ${advice}`,
  );
}
