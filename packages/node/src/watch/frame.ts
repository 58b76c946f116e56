import { fitLongSide, resize, type Raster } from "@deepstyle/core";
import sharp from "sharp";
import { laidOnWhite, samplesFromRaster } from "../media/samples.ts";

/**
 * A small picture as JPEG, on white where it is transparent.
 *
 * @param longSide - longer side in pixels; a smaller picture is not enlarged
 * @param quality - 1 to 100
 */
export async function smallJpeg(
  picture: Raster,
  longSide: number,
  quality: number,
): Promise<Buffer> {
  const size = fitLongSide(picture, Math.min(longSide, Math.max(picture.width, picture.height)));
  const opaque = laidOnWhite(picture);
  const small = size.width === picture.width ? opaque : resize(opaque, size, "triangle");
  const { width, height, channels, values } = samplesFromRaster(small, 8);
  return await sharp(values, { raw: { width, height, channels } })
    .jpeg({ quality, chromaSubsampling: "4:4:4" })
    .toBuffer();
}
