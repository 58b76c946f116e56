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
  const small = sharpOf(picture, longSide);
  return await small.jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer();
}

/**
 * A small picture as PNG, on white where it is transparent.
 *
 * @param longSide - longer side in pixels; a smaller picture is not enlarged
 */
export async function smallPng(picture: Raster, longSide: number): Promise<Buffer> {
  return await sharpOf(picture, longSide).png().toBuffer();
}

function sharpOf(picture: Raster, longSide: number) {
  const size = fitLongSide(picture, Math.min(longSide, Math.max(picture.width, picture.height)));
  const opaque = laidOnWhite(picture);
  const small = size.width === picture.width ? opaque : resize(opaque, size, "triangle");
  const { width, height, channels, values } = samplesFromRaster(small, 8);
  return sharp(values, { raw: { width, height, channels } });
}
