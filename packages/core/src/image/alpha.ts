import type { Raster } from "./raster.ts";
import { resizePlanes } from "./resize.ts";

/** A picture with the transparency of the photo that it was made from, at the picture's size. */
export function withAlphaOf({ width, height, alpha }: Raster, picture: Raster): Raster {
  if (alpha === undefined) return picture;
  return { ...picture, alpha: resizePlanes(alpha, { width, height }, picture, "triangle") };
}
