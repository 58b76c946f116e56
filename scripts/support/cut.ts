import type { Raster } from "deepstyle";

/**
 * The middle of a picture.
 *
 * @param share - of its width and of its height, above 0 and at most 1
 */
export function middle({ width, height, data }: Raster, share: number): Raster {
  const [w, h] = [Math.round(width * share), Math.round(height * share)];
  const [left, top] = [Math.round((width - w) / 2), Math.round((height - h) / 2)];
  const cut = new Float32Array(3 * w * h);
  for (let line = 0; line < 3 * h; line++) {
    const row = Math.floor(line / h) * height + top + (line % h);
    cut.set(data.subarray(row * width + left, row * width + left + w), line * w);
  }
  return { width: w, height: h, data: cut };
}
