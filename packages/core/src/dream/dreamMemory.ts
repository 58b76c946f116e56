import { fitLongSide } from "../image/raster.ts";
import type { Size } from "../methods/objective.ts";
import { longSideOf, sumOf, tooLarge, type Footprint } from "../run/memory.ts";

/**
 * Up to relu5_1, and inception_4c/output. Fitted to peaks of 1616 and 2008 MB with VGG-19 and 413, 654 and
 * 1053 MB with lite at 256, 512 and 768 px of a photo of 4:3, and to those that docs/dreams.md lists.
 */
const footprints: Readonly<Record<string, Footprint>> = {
  vgg19: { bytes: 1.55e9, bytesPerPixel: 2700 },
  lite: { bytes: 0.36e9, bytesPerPixel: 1650 },
  googlenet: { bytes: 0.3e9, bytesPerPixel: 1600 },
};

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
  return sumOf(encoders.map((name) => footprints[name]!));
}
