import type { Raster } from "./raster.ts";

/**
 * Planes moved to the right and down; what leaves on one side comes in on the other.
 *
 * @param planes - any number of planes `[height, width]`, one after the other
 * @param shift - pixels; whole numbers, negative ones move to the left and up
 * @returns as many planes, in new memory
 */
export function rollPlanes(
  planes: Float32Array,
  { width, height }: Pick<Raster, "width" | "height">,
  shift: { readonly x: number; readonly y: number },
): Float32Array {
  const rolled = new Float32Array(planes.length);
  const right = modulo(shift.x, width);
  const rows = planes.length / width;
  for (let row = 0; row < rows; row++) {
    const plane = row - (row % height);
    const to = (plane + modulo(row - plane + shift.y, height)) * width;
    const line = planes.subarray(row * width, (row + 1) * width);
    rolled.set(line.subarray(0, width - right), to + right);
    rolled.set(line.subarray(width - right), to);
  }
  return rolled;
}

function modulo(value: number, length: number): number {
  return ((value % length) + length) % length;
}
