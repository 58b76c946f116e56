import { freemem, platform, totalmem } from "node:os";
import {
  fitLongSide,
  gigabytes,
  largestLongSide,
  memoryNeeded,
  OptionError,
  type Raster,
} from "@deepstyle/core";

/**
 * Memory in bytes that this process could use, what it holds now included: what the system has left,
 * or the limit of the container where that is lower.
 */
export function availableMemory(): number {
  // On Linux this is MemAvailable. macOS counts memory that it would give up at once as used.
  const free = platform() === "darwin" ? totalmem() : freemem();
  const limit = process.constrainedMemory(); // 0, or absurdly much, where there is none
  const unbounded = free + process.memoryUsage.rss();
  return limit > 0 ? Math.min(unbounded, limit) : unbounded;
}

/**
 * Refuses a picture that will not fit in memory.
 *
 * @param size - longer side of the picture in pixels
 * @param content - its proportions
 * @param available - bytes; what the machine has now if left out
 * @param encoders - names of the networks that the loss looks at; VGG-19 if left out
 * @throws {OptionError} with the largest size that fits
 */
export function expectFits(
  size: number,
  content: Pick<Raster, "width" | "height">,
  available = availableMemory(),
  encoders: readonly string[] = ["vgg19"],
): void {
  const picture = fitLongSide(content, size);
  const needed = memoryNeeded(picture, encoders);
  if (needed <= available) return;
  // A multiple of 16 below: free memory moves, and a round number is easier to type.
  const largest = Math.floor(largestLongSide(picture, available, encoders) / 16) * 16;
  const advice =
    largest >= 16
      ? `Choose a size of at most ${largest} px.`
      : "Not even a small picture fits: close other programs.";
  throw new OptionError(
    `size ${size} needs ${gigabytes(needed)} of memory for ${picture.width} × ${picture.height} px; expected at most the ${gigabytes(available)} that are free. ${advice}`,
  );
}
