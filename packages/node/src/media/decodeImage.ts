// Image files to rasters, by sharp as far as it is exact.

import type { Raster } from "@deepstyle/core";
import sharp, { type Metadata, type OutputInfo, type Sharp, type SharpOptions } from "sharp";
import { profileOfCodes } from "./colourCodes.ts";
import { isSrgb, parseMatrixProfile, type MatrixProfile } from "./iccProfile.ts";
import type { ImageFacts } from "./imageFacts.ts";
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

/** What {@link decodeImage} has to know. */
export interface DecodeOptions {
  /** What sharp says of the file; 8 or 16 bits per channel. */
  readonly header: Metadata;
  /** What the file says of itself; its colours can be converted. */
  readonly facts: ImageFacts;
  /** Size in pixels, as it is looked at, to be made smaller to while it is decoded; the file's own if left out. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/**
 * Decodes an image and converts it to sRGB, as `readImage` tells.
 *
 * @param bytes - the file
 * @throws Error as sharp throws it, if the file is damaged
 */
export async function decodeImage(
  bytes: Buffer,
  { header, facts, size }: DecodeOptions,
): Promise<Raster> {
  const meaning = colourMeaning(header, facts);
  const image = sharp(bytes, { ...DECODING, ignoreIcc: meaning !== "tables" }).autoOrient();
  if (size !== undefined) image.resize({ ...size, fit: "fill" });
  if (meaning === "tables") {
    // sharp converts 16-bit pixels with a profile to Display P3, so they become 8-bit first.
    if (header.space === "rgb16") image.pipelineColourspace("srgb");
    return rasterFromSamples(await decode8(image, facts));
  }
  const samples =
    header.depth === "ushort"
      ? await decode16(image, facts, header.bitsPerSample)
      : await decode8(image, facts);
  return rasterFromSamples(samples, meaning === "srgb" ? undefined : meaning);
}

/**
 * What the samples of a file mean: sRGB, something that a profile's formulas tell, or something that
 * takes colour tables and is left to sharp.
 */
type ColourMeaning = "srgb" | MatrixProfile | "tables";

function colourMeaning({ space, icc, format }: Metadata, { colours }: ImageFacts): ColourMeaning {
  if (space === "cmyk") return "tables";
  // In PNG codes outrank a profile, in AVIF they are for those that read no profiles.
  if (colours !== undefined && (icc === undefined || format === "png")) {
    const byCodes = profileOfCodes(colours);
    return typeof byCodes === "string" || isSrgb(byCodes) ? "srgb" : byCodes;
  }
  if (icc === undefined) return "srgb";
  const profile = parseMatrixProfile(icc);
  if (profile === undefined) return "tables";
  const isMisplaced = profile.space === "GRAY" && (space === "srgb" || space === "rgb16");
  return isMisplaced || isSrgb(profile) ? "srgb" : profile;
}

async function decode8(image: Sharp, facts: ImageFacts): Promise<Samples> {
  const { data, info } = await image
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return samplesOf(data, info, facts, 255);
}

async function decode16(image: Sharp, facts: ImageFacts, bitsPerSample = 16): Promise<Samples> {
  const { data, info } = await image
    .toColourspace("rgb16")
    .raw({ depth: "ushort" })
    .toBuffer({ resolveWithObject: true });
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  // AVIF's 10 and 12 bits come as the upper bits of 16.
  return samplesOf(values, info, facts, 65_536 - 2 ** (16 - bitsPerSample));
}

/** Samples of red, green, blue and alpha among all that were decoded. */
function samplesOf(
  values: Uint8Array | Uint16Array,
  { width, height, channels: found }: OutputInfo,
  { alpha = found >= 4 ? 3 : "none" }: ImageFacts,
  white: number,
): Samples {
  const chosen = [0, 1, 2, ...(typeof alpha === "number" && alpha < found ? [alpha] : [])];
  const channels = chosen.length === 4 ? 4 : 3;
  if (channels === found && chosen.at(-1) === found - 1)
    return { width, height, channels, values, white };
  const kept = values.slice(0, channels * width * height);
  for (let i = 0; i < kept.length; i++)
    kept[i] = values[Math.floor(i / channels) * found + chosen[i % channels]!]!;
  return { width, height, channels, values: kept, white };
}
