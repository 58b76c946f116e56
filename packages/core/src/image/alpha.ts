import type { Raster } from "./raster.ts";
import { resize } from "./resize.ts";

/** A picture with the transparency of the photo that it was made from, at the picture's size. */
export function withAlphaOf({ alpha, ...photo }: Raster, picture: Raster): Raster {
  if (alpha === undefined) return picture;
  const resized = resize({ ...photo, alpha }, picture);
  return { ...picture, alpha: resized.alpha! };
}
