/**
 * Peak memory of an optimisation with VGG-19 up to relu5_1 on the CPU in bytes, process included.
 *
 * A constant for the process and the weights, of which loading a program holds several copies, and
 * feature maps in proportion to the pixels; fitted to the peaks that docs/methods.md lists.
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

const constantBytes = 1.6e9;
const bytesPerPixel = 3400;
