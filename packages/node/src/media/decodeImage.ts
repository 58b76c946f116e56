// Image files to rasters, by sharp as far as it is exact.

import type { Raster } from "@deepstyle/core";
import sharp, { type Metadata, type OutputInfo, type Sharp, type SharpOptions } from "sharp";
import { isSrgb, parseMatrixProfile, type MatrixProfile } from "./iccProfile.ts";
import { rasterFromSamples, type Samples } from "./samples.ts";

const DECODING: SharpOptions = {
  // What is cut off or broken is refused; "warning" would also refuse sound photos of careless cameras.
  failOn: "error",
  // Size is checked by `readImage`, in its own words.
  limitInputPixels: false,
};

/** What a file says of itself; no pixel is decoded. */
export async function readHeader(bytes: Buffer): Promise<Metadata> {
  return await sharp(bytes, DECODING).metadata();
}

/**
 * Decodes an image and converts it to sRGB, as `readImage` tells.
 *
 * @param bytes - the file
 * @param header - what sharp says of it; 8 or 16 bits per channel
 * @throws Error as sharp throws it, if the file is damaged
 */
export async function decodeImage(bytes: Buffer, header: Metadata): Promise<Raster> {
  const meaning = colourMeaning(header);
  const image = sharp(bytes, { ...DECODING, ignoreIcc: meaning !== "tables" }).autoOrient();
  if (meaning === "tables") {
    // sharp converts 16-bit pixels with a profile to Display P3, so they become 8-bit first.
    if (header.space === "rgb16") image.pipelineColourspace("srgb");
    return rasterFromSamples(await decode8(image));
  }
  const samples =
    header.depth === "ushort" ? await decode16(image, header.bitsPerSample) : await decode8(image);
  return rasterFromSamples(samples, meaning === "srgb" ? undefined : meaning);
}

/**
 * What the samples of a file mean: sRGB, something that a profile's formulas tell, or something that
 * takes colour tables and is left to sharp.
 */
type ColourMeaning = "srgb" | MatrixProfile | "tables";

function colourMeaning({ space, icc }: Metadata): ColourMeaning {
  if (space === "cmyk") return "tables";
  if (icc === undefined) return "srgb";
  const profile = parseMatrixProfile(icc);
  if (profile === undefined) return "tables";
  const isMisplaced = profile.space === "GRAY" && (space === "srgb" || space === "rgb16");
  return isMisplaced || isSrgb(profile) ? "srgb" : profile;
}

async function decode8(image: Sharp): Promise<Samples> {
  const { data, info } = await image
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return { ...shapeOf(info), values: data, white: 255 };
}

async function decode16(image: Sharp, bitsPerSample = 16): Promise<Samples> {
  const { data, info } = await image
    .toColourspace("rgb16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  return {
    ...shapeOf(info),
    values: new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2),
    // AVIF's 10 and 12 bits come as the upper bits of 16.
    white: 65_536 - 2 ** (16 - bitsPerSample),
  };
}

function shapeOf({ width, height, channels }: OutputInfo) {
  return { width, height, channels: channels === 4 ? 4 : 3 } as const;
}
