import type { Footprint } from "../encoders/definition.ts";
import { encoderNamed } from "../encoders/index.ts";
import { fitLongSide, type Size } from "../image/raster.ts";
import { longSideOf, sumOf, tooLarge } from "../memory/memory.ts";

/**
 * Peak memory of a dream on the CPU in bytes, process included.
 *
 * @param encoders - names of the networks whose layers are looked at
 */
export function dreamMemory({ width, height }: Size, encoders: readonly string[]): number {
  const { bytes, bytesPerPixel } = footprintOf(encoders);
  return bytes + bytesPerPixel * width * height;
}

/**
 * Refuses a dream that will not fit in memory.
 *
 * @param size - longer side of the picture in pixels
 * @param photo - its proportions
 * @param memory - bytes that may be used
 * @param encoders - as in {@link dreamMemory}
 * @throws {OptionError} with the largest size that fits
 */
export function expectDreamFits(
  size: number,
  photo: Size,
  memory: number,
  encoders: readonly string[],
): void {
  const picture = fitLongSide(photo, size);
  const needed = dreamMemory(picture, encoders);
  if (needed <= memory) return;
  const { bytes, bytesPerPixel } = footprintOf(encoders);
  const largest = longSideOf(picture, Math.max(0, memory - bytes) / bytesPerPixel);
  throw tooLarge({ ...picture, needed, memory, largest, inTiles: false });
}

function footprintOf(encoders: readonly string[]): Footprint {
  return sumOf(encoders.map((name) => encoderNamed(name).dreamFootprint));
}
