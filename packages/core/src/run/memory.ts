/**
 * Peak memory of an optimisation with VGG-19 up to relu5_1 in bytes, process included.
 *
 * A constant for the process and the weights with their packed copies, and feature maps in proportion
 * to the pixels: a line through the figures of the prototype that preceded this project (1.2 GB at
 * 256, 2.2 GB at 512, 4.0 GB at 1024 px). `bench/styleStep.ts` measured 2.45 GB at 512 px, where this
 * says 2.07; it has not been fitted to our own measurements yet.
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
