import type { Raster } from "deepstyle";

/** A part of a picture in pixels, which lies inside it. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A part of a picture, without its transparency. */
export function cut(picture: Raster, { left, top, width, height }: Part): Raster {
  const data = new Float32Array(3 * width * height);
  for (let line = 0; line < 3 * height; line++) {
    const row = Math.floor(line / height) * picture.height + top + (line % height);
    const from = row * picture.width + left;
    data.set(picture.data.subarray(from, from + width), line * width);
  }
  return { width, height, data };
}

/**
 * The middle of a picture.
 *
 * @param share - of its width and of its height, above 0 and at most 1
 */
export function middle(picture: Raster, share: number): Raster {
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.round(side * share),
  ) as [number, number];
  const left = Math.round((picture.width - width) / 2);
  const top = Math.round((picture.height - height) / 2);
  return cut(picture, { left, top, width, height });
}
