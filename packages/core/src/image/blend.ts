import { ShapeError } from "@deepstyle/engine";
import type { Raster } from "./raster.ts";

/**
 * A picture between two of the same size, pixel by pixel: `(1 − share) · a + share · b`. Transparency
 * is that of `a`.
 *
 * @param share - from 0, which gives `a`, to 1, which gives `b`
 * @throws {ShapeError} if the sizes differ
 */
export function blend(a: Raster, b: Raster, share: number): Raster {
  if (a.width !== b.width || a.height !== b.height)
    throw new ShapeError(
      `pictures of ${a.width}×${a.height} and ${b.width}×${b.height} px cannot be blended: expected equal sizes.`,
    );
  // At either end not a bit may change.
  const data =
    share === 0 || share === 1
      ? (share === 0 ? a : b).data.slice()
      : a.data.map((value, i) => value + share * (b.data[i]! - value));
  const { width, height, alpha } = a;
  return { width, height, data, ...(alpha && { alpha }) };
}
