import { stat } from "node:fs/promises";
import type { Raster } from "@deepstyle/core";
import sharp from "sharp";

/**
 * Width and height of an image file, upright. Only its header is read.
 *
 * @returns undefined where there is no image; reading it says what is wrong
 */
export async function imageSize(
  path: string,
): Promise<Pick<Raster, "width" | "height"> | undefined> {
  try {
    if (!(await stat(path)).isFile()) return undefined;
    return (await sharp(path, { limitInputPixels: false }).metadata()).autoOrient;
  } catch {
    return undefined;
  }
}
