import { encoderNamed } from "../encoders/index.ts";
import type { Footprint } from "../encoders/definition.ts";

function footprintOf(encoders: readonly string[]): Footprint {
  const parts = encoders.map((name) => encoderNamed(name).footprint);
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
  const { bytes, bytesPerPixel } = footprintOf(encoders);
  return bytes + (bytesPerPixel + bytesPerPixelOfPart * partsOf(regions)) * width * height;
}

/**
 * Longer side, in pixels, of the largest picture of the same proportions that fits in `bytes`.
 *
 * @param encoders - as in {@link memoryNeeded}
 */
export function largestLongSide(
  { width, height }: { width: number; height: number },
  bytes: number,
  encoders: readonly string[] = ["vgg19"],
): number {
  const { bytes: fixed, bytesPerPixel } = footprintOf(encoders);
  const pixels = Math.max(0, bytes - fixed) / bytesPerPixel;
  return Math.floor(Math.max(width, height) * Math.sqrt(pixels / (width * height)));
}
