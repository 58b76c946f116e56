/**
 * Peak memory of an optimisation with VGG-19 up to relu5_1 in bytes, process included.
 *
 * Measured with `bench/styleStep.ts` for 256 to 2048 px: a constant for the process and the weights
 * with their packed copies, and feature maps in proportion to the pixels.
 */
export function memoryNeeded({ width, height }: { width: number; height: number }): number {
  return constantBytes + bytesPerPixel * width * height;
}

/** Longer side, in pixels, of the largest picture of the same proportions that fits in `bytes`. */
export function largestLongSide(
  { width, height }: { width: number; height: number },
  bytes: number,
): number {
  const pixels = Math.max(0, bytes - constantBytes) / bytesPerPixel;
  return Math.floor(Math.max(width, height) * Math.sqrt(pixels / (width * height)));
}

const constantBytes = 1.2e9;
const bytesPerPixel = 3300;
