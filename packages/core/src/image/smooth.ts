import type { Raster } from "./raster.ts";

/**
 * Smooths planes by 1 2 1 (divided by 4) along rows and columns, in place, with no more memory than a row;
 * borders are repeated outwards. A grid of two pixels is gone after one time; what is left of one of four
 * pixels is ½ along each axis.
 *
 * @param planes - any number of planes `[height, width]`, one after the other
 */
export function smoothPlanes(
  planes: Float32Array,
  { width, height }: Pick<Raster, "width" | "height">,
): void {
  const rows = planes.length / width;
  for (let row = 0; row < rows; row++) smoothRow(planes.subarray(row * width, (row + 1) * width));
  for (let row = 0; row < rows; row += height)
    smoothColumns(planes.subarray(row * width, (row + height) * width), width);
}

function smoothRow(row: Float32Array): void {
  let before = row[0]!;
  for (let x = 0; x < row.length; x++) {
    const here = row[x]!;
    row[x] = (before + 2 * here + (row[x + 1] ?? here)) / 4;
    before = here;
  }
}

function smoothColumns(plane: Float32Array, width: number): void {
  const before = plane.slice(0, width);
  for (let i = 0; i < plane.length; i++) {
    const here = plane[i]!;
    plane[i] = (before[i % width]! + 2 * here + (plane[i + width] ?? here)) / 4;
    before[i % width] = here;
  }
}
