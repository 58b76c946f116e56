// Image files to rasters and back.

import { extname } from "node:path";
import { fitLongSide, gigabytes, OptionError, type Raster } from "@deepstyle/core";
import sharp, { type Metadata } from "sharp";
import { MediaError, MemoryError } from "../errors.ts";
import { checkWritable, writeFileAtomic } from "../system/files.ts";
import { pathOf, readInput } from "../system/inputFile.ts";
import { availableMemory } from "../system/memory.ts";
import { inOurWords, readFailure } from "../system/systemErrors.ts";
import { profileOfCodes } from "./colourCodes.ts";
import { decodeImage, readHeader } from "./decodeImage.ts";
import { convertByMagick, type ImageFacts, type Uncommon } from "./imageFacts.ts";
import {
  IMAGE_FORMATS,
  RAW_EXTENSIONS,
  rawFormat,
  recogniseFormat,
  WRITABLE_FORMATS,
  type BitDepth,
  type ImageFormat,
} from "./imageFormats.ts";
import { checkPixels, laidOnWhite, samplesFromRaster } from "./samples.ts";
import { encodeTaggedTiff } from "./taggedTiff.ts";
import { cameraRaw } from "./tiffDirectory.ts";

export type { BitDepth } from "./imageFormats.ts";

/** How an image is to be read. */
export interface ReadImageOptions {
  /**
   * Longer side in pixels at which the picture will be looked at. One of more than 100 megapixels is then decoded
   * at a reduced size, at least twice this one.
   */
  readonly size?: number | undefined;
  /**
   * Bytes that may be used for a picture of more than 100 megapixels. What is free if left out.
   */
  readonly memory?: number | undefined;
  /** Told of what is left out of the file: frames and pages after the first. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/** How an image is to be written. */
export interface WriteImageOptions {
  /**
   * Bits per channel; 16 for PNG and TIFF only.
   *
   * @defaultValue 8
   */
  readonly bitDepth?: BitDepth | undefined;
  /**
   * 1 (small) to 100 (faithful), for JPEG, WebP and AVIF; PNG and TIFF are lossless.
   *
   * @defaultValue 95
   */
  readonly quality?: number | undefined;
}

/**
 * Reads an image file: JPEG, PNG, WebP, TIFF, AVIF, or GIF, by content and not by name; of several frames or pages
 * the first. EXIF orientation is applied. Colours are converted to sRGB from the embedded ICC profile, or from the
 * colour codes of AVIF and PNG; without either they count as sRGB, and CMYK as a common printing process. 16-bit
 * files keep their precision, except where the profile is a colour table. Grey gives three equal channels.
 *
 * Light damage that other programs hide too (an odd marker in a JPEG) is let pass; a file that is
 * cut off is refused, since its rest would come out grey.
 *
 * @param file - its path, a URL of it, or its bytes
 * @returns sRGB in [0, 1], with the file's transparency, if it has any, as alpha plane
 * @throws {MediaError} if the file is absent, unreadable, empty, no image, of a format, kind or size
 * that is not taken, or damaged
 */
export async function readImage(
  file: string | URL | Uint8Array,
  options: ReadImageOptions = {},
): Promise<Raster> {
  const inMemory = file instanceof Uint8Array;
  const path = inMemory ? "the image" : pathOf(file, "the image");
  const bytes = expectBytes(path, inMemory ? asBuffer(file) : await readBytes(path));
  const format = expectReadable(path, bytes);
  const facts = format.inspect?.(bytes) ?? {};
  if (facts.uncommon !== undefined) throw uncommonKind(path, facts.uncommon);
  // The decoder would write to standard error what it makes of such sizes.
  if (bytes.length < (facts.leastBytes ?? 0)) throw damaged(path, format);
  const header = await reportingDamage(path, format, () => readHeader(bytes));
  checkHeader(path, header, facts);
  if (facts.leastBytes === undefined) expectRoomFor(path, format, header, bytes.length);
  const size = decodedSize(path, header, options);
  const frames = facts.frames ?? header.pages ?? 1;
  const raster = await reportingDamage(path, format, () =>
    decodeImage(bytes, { header, facts, size }),
  );
  if (frames > 1) options.onWarning?.(framesLeftOut(path, format, frames));
  return raster;
}

/**
 * Writes an image file in the format that its extension names: `.jpg`, `.jpeg`, `.png`, `.webp`,
 * `.tif`, `.tiff` or `.avif`. The file says that it is sRGB, carries no other metadata, and is
 * written completely or not at all. The same raster gives the same bytes.
 *
 * Values are clamped to [0, 1] and rounded to the nearest step, without dither. Alpha is kept where
 * the format can hold it; for JPEG the picture is laid on white.
 *
 * @param path - the file; its folder must exist
 * @param raster - sRGB in [0, 1]
 * @throws {MediaError} if the extension is unknown, the format cannot hold the raster as asked, or
 * the raster is none: sizes that do not fit, values that are not finite
 * @throws {OptionError} if an option is out of its range
 * @throws {FileError} if the file cannot be written
 */
export async function writeImage(
  path: string,
  raster: Raster,
  options: WriteImageOptions = {},
): Promise<void> {
  await writeFileAtomic(path, await encodeImage(path, raster, options));
}

/**
 * The bytes that {@link writeImage} writes.
 *
 * @param path - its extension names the format
 * @param raster - sRGB in [0, 1]
 * @throws {MediaError} if the extension is unknown, or the format cannot hold the raster as asked
 * @throws {OptionError} if an option is out of its range
 */
export async function encodeImage(
  path: string,
  raster: Raster,
  options: WriteImageOptions = {},
): Promise<Buffer> {
  const { bitDepth = 8, quality = 95 } = options;
  const { encoding } = expectWritable(path, options);
  checkPixels(path, raster);
  expectHolds(path, raster, options);
  const samples = samplesFromRaster(encoding.keepsAlpha ? raster : laidOnWhite(raster), bitDepth);
  const tiff = encodeTaggedTiff(samples, await readSrgbProfile());
  const image = sharp(tiff, { limitInputPixels: false })
    .keepIccProfile()
    .toColourspace(bitDepth === 16 ? "rgb16" : "srgb");
  return await encoding.encode(image, quality).toBuffer();
}

/**
 * Finds out whether an image could be written, to be asked before long work starts.
 *
 * @param path - the file that is to be written; an older one there is left as it is
 * @param options - how it is to be written
 * @throws {MediaError} if the extension is unknown or its format cannot be written as asked
 * @throws {FileError} if a file cannot be written there
 */
export async function checkImageWritable(
  path: string,
  options: WriteImageOptions = {},
): Promise<void> {
  expectWritable(path, options);
  await checkWritable(path);
}

/**
 * Refuses a picture that its file could not hold, to be asked before long work starts.
 *
 * @param path - its extension names the format
 * @param size - of the picture
 * @throws {MediaError} if the extension is unknown, or the format cannot hold so many pixels
 * @throws {OptionError} if an option is out of its range
 */
export function expectHolds(
  path: string,
  { width, height }: Pick<Raster, "width" | "height">,
  options: WriteImageOptions = {},
): void {
  const { encoding, name } = expectWritable(path, options);
  const refuse = (expected: string): MediaError =>
    new MediaError(
      "ERR_MEDIA_TOO_LARGE",
      path,
      `${path} cannot hold ${width} × ${height} px: expected at most ${expected}.`,
    );
  if (Math.max(width, height) > encoding.maxSide)
    throw refuse(`${encoding.maxSide} px a side for ${name}. Write .png or .tif instead`);
  // With alpha, as that is not known before.
  const pixelBytes = 4 * ((options.bitDepth ?? 8) / 8);
  if (width * height * pixelBytes > largestSamples)
    throw refuse(`${Math.floor(largestSamples / pixelBytes / 1e6)} megapixels. Make it smaller`);
}

/** All formats are encoded from one uncompressed TIFF, whose offsets have 32 bits. */
const largestSamples = 2 ** 32 - 2 ** 16;

/**
 * The name of the format that a file is written in.
 *
 * @throws {MediaError} if its extension names none
 */
export function formatNameOf(path: string): string {
  return expectWritable(path, {}).name;
}

/**
 * Finds out whether there is an image file of a kind that is read; it is not decoded.
 *
 * @throws {MediaError} as {@link readImage} does of what can be told without decoding
 */
export async function expectImageFile(path: string): Promise<void> {
  expectReadable(path, expectBytes(path, await readBytes(path)));
}

/**
 * Bits per channel of an image file; no pixel is decoded.
 *
 * @param path - a file that {@link writeImage} wrote
 * @throws Error as the system or the decoder throws it, if it cannot be read
 */
export async function readBitDepth(path: string): Promise<BitDepth> {
  const { depth } = await readHeader(await readInput(path));
  return depth === "ushort" ? 16 : 8;
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readInput(path);
  } catch (error) {
    throw readFailure(path, error);
  }
}

/** The same memory. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function expectBytes(path: string, bytes: Buffer): Buffer {
  if (bytes.length > 0) return bytes;
  throw new MediaError(
    "ERR_MEDIA_EMPTY",
    path,
    `${path} is empty: expected an image file, got 0 bytes. Copy or export it again.`,
  );
}

const READABLE_NAMES = listed(IMAGE_FORMATS.map(({ name }) => name));

function expectReadable(path: string, bytes: Uint8Array): ImageFormat {
  const format = recogniseFormat(bytes);
  const isRaw = RAW_EXTENSIONS.has(extname(path).toLowerCase());
  if (isRaw && (typeof format !== "object" || format.name === "TIFF"))
    throw uncommonKind(path, cameraRaw(extname(path).slice(1).toUpperCase()));
  if (format === rawFormat) throw uncommonKind(path, cameraRaw());
  if (format === undefined || typeof format === "string") {
    throw unsupported(path, format === undefined ? "is no image file" : `is ${format}`);
  }
  return format;
}

function uncommonKind(path: string, { what, remedy }: Uncommon): MediaError {
  return new MediaError("ERR_MEDIA_UNSUPPORTED", path, `${path} is ${what}. ${remedy}`);
}

function framesLeftOut(path: string, { name }: ImageFormat, count: number): string {
  const unit = name === "TIFF" ? "pages" : name === "AVIF" ? "pictures" : "frames";
  return `${path} has ${count} ${unit}: the first is painted.`;
}

function unsupported(path: string, problem: string): MediaError {
  return new MediaError(
    "ERR_MEDIA_UNSUPPORTED",
    path,
    `${path} ${problem}: expected ${READABLE_NAMES}. Export it as one of these.`,
  );
}

/** Runs the decoder, and tells what it throws as damage to the file. */
async function reportingDamage<T>(path: string, format: ImageFormat, work: () => Promise<T>) {
  try {
    return await work();
  } catch (cause) {
    const known = inOurWords(cause);
    if (known instanceof MemoryError) throw known;
    throw damaged(path, format, { cause });
  }
}

function damaged(path: string, { name }: ImageFormat, options?: ErrorOptions): MediaError {
  return new MediaError(
    "ERR_MEDIA_DAMAGED",
    path,
    `${path} is damaged or cut off: expected a whole ${name} file. Copy or export it again.`,
    options,
  );
}

/** Pixels that a byte of the file stands for at most, in pictures of more than {@link FEW_PIXELS}. */
const MOST_PIXELS_OF_BYTE = 1000;

/**
 * Looks whether a file of a format that does not tell can hold as many pixels as it says, before there is memory
 * taken for them.
 *
 * @param bytes - that the file has
 * @throws {MediaError} if it cannot
 */
function expectRoomFor(
  path: string,
  format: ImageFormat,
  { width, height }: Metadata,
  bytes: number,
): void {
  const pixels = width * height;
  if (pixels > FEW_PIXELS && bytes < pixels / MOST_PIXELS_OF_BYTE) throw damaged(path, format);
}

function checkHeader(
  path: string,
  { space, depth, icc, format }: Metadata,
  facts: ImageFacts,
): void {
  if (!READABLE_SPACES.has(space) || !(depth === "uchar" || depth === "ushort"))
    throw uncommonKind(path, {
      what: "a picture with pixels of an uncommon kind",
      remedy: convertByMagick,
    });
  const { colours } = facts;
  const byCodes = colours && (icc === undefined || format === "png") && profileOfCodes(colours);
  if (typeof byCodes === "string")
    throw uncommonKind(path, {
      what: byCodes,
      remedy: "Export it as an SDR picture, as JPEG or PNG in sRGB.",
    });
}

const READABLE_SPACES: ReadonlySet<string> = new Set(["srgb", "rgb16", "b-w", "grey16", "cmyk"]);

/** Pixels that are decoded without a thought for memory: cameras have had as many for long. */
const FEW_PIXELS = 100e6;

/** Bytes of a pixel while it is decoded: up to 8 as the file has it, 16 as numbers. */
const PIXEL_BYTES = 24;

/** Reduced sizes keep what a filter needs for an even picture. */
const REDUCED = 2;

/**
 * The size to which a large picture is reduced while it is decoded; undefined for its own.
 *
 * @throws {MediaError} if it does not fit in the memory that may be used
 */
function decodedSize(
  path: string,
  { autoOrient: whole }: Metadata,
  { size = Infinity, memory = availableMemory() }: ReadImageOptions,
): Pick<Raster, "width" | "height"> | undefined {
  if (whole.width * whole.height <= FEW_PIXELS) return undefined;
  const isReduced = REDUCED * size < Math.max(whole.width, whole.height);
  const { width, height } = isReduced ? fitLongSide(whole, Math.ceil(REDUCED * size)) : whole;
  const needed = PIXEL_BYTES * width * height;
  if (needed > memory) {
    const megapixels = Math.round((whole.width * whole.height) / 1e6);
    throw new MediaError(
      "ERR_MEDIA_TOO_LARGE",
      path,
      `${path} is too large: ${whole.width} × ${whole.height} px, ${megapixels} megapixels, take ${gigabytes(needed)} of memory; expected at most the ${gigabytes(memory)} that may be used. Choose a smaller --size, or allow more by --memory.`,
    );
  }
  return isReduced ? { width, height } : undefined;
}

function expectWritable(path: string, { bitDepth = 8, quality = 95 }: WriteImageOptions) {
  const extension = extname(path).toLowerCase();
  const format = WRITABLE_FORMATS.find(({ extensions }) => extensions.includes(extension));
  if (format === undefined) {
    const known = WRITABLE_FORMATS.flatMap(({ extensions }) => extensions);
    throw new MediaError(
      "ERR_MEDIA_UNSUPPORTED",
      path,
      `${path} cannot be written: expected a name that ends in ${listed(known)}, got ${extension === "" ? "no extension" : `"${extension}"`}. Rename it.`,
    );
  }
  if (!format.encoding.bitDepths.includes(bitDepth)) {
    throw new MediaError(
      "ERR_MEDIA_UNSUPPORTED",
      path,
      `${path} cannot hold ${bitDepth} bits per channel: expected ${listed(format.encoding.bitDepths.map(String))} for ${format.name}. Write .png or .tif for 16.`,
    );
  }
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new OptionError(
      `options.quality must be a whole number from 1 to 100; got ${String(quality)}.`,
    );
  }
  return format;
}

/** sharp's own sRGB profile, which it hands out only inside an image. */
async function readSrgbProfile(): Promise<Buffer> {
  const dot = sharp({ create: { width: 1, height: 1, channels: 3, background: "white" } });
  const { icc } = await sharp(await dot.withIccProfile("srgb").png().toBuffer()).metadata();
  if (icc === undefined) throw new Error("sharp wrote no sRGB profile.");
  return icc;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} or ${names.at(-1)!}`;
}
