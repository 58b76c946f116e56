import { ShapeError } from "@deepstyle/engine";
import type { Raster } from "./raster.ts";

/**
 * Pictures of one size as a strip, from left to right.
 *
 * @param pictures - at least one; the strip is transparent where they are, if any of them is
 * @throws {ShapeError} if there is none, or sizes differ
 */
export function sideBySide(pictures: readonly Raster[]): Raster {
  const [first] = pictures;
  if (first === undefined) throw new ShapeError("a strip has no pictures: expected at least one.");
  const { width, height } = first;
  const other = pictures.find((picture) => picture.width !== width || picture.height !== height);
  if (other !== undefined)
    throw new ShapeError(
      `pictures of ${width}×${height} and ${other.width}×${other.height} px are no strip: expected equal sizes.`,
    );
  const strip = (planes: number, of: (picture: Raster) => Float32Array): Float32Array => {
    const result = new Float32Array(planes * height * width * pictures.length);
    for (const [i, picture] of pictures.entries())
      for (let row = 0; row < planes * height; row++) {
        const line = of(picture).subarray(row * width, (row + 1) * width);
        result.set(line, (row * pictures.length + i) * width);
      }
    return result;
  };
  const opaque = new Float32Array(width * height).fill(1);
  const isTransparent = pictures.some(({ alpha }) => alpha !== undefined);
  return {
    width: width * pictures.length,
    height,
    data: strip(3, ({ data }) => data),
    ...(isTransparent && { alpha: strip(1, ({ alpha = opaque }) => alpha) }),
  };
}
