import type { Raster } from "@deepstyle/core";

/**
 * Pictures of equal size as one, row by row.
 *
 * @param rows - at least one row; all rows as long as the first
 */
export function contactSheet(rows: readonly (readonly Raster[])[]): Raster {
  const { width, height } = rows[0]![0]!;
  const columns = rows[0]!.length;
  const sheet = { width: width * columns, height: height * rows.length };
  const data = new Float32Array(3 * sheet.width * sheet.height).fill(1);
  for (const [row, pictures] of rows.entries()) {
    for (const [column, picture] of pictures.entries()) {
      for (let c = 0; c < 3; c++) {
        for (let line = 0; line < height; line++) {
          const from = (c * height + line) * width;
          const to = (c * sheet.height + row * height + line) * sheet.width + column * width;
          data.set(picture.data.subarray(from, from + width), to);
        }
      }
    }
  }
  return { ...sheet, data };
}
