// The image formats that deepstyle reads and writes. To add one, add a row.

import type { Sharp } from "sharp";
import { inspectAvif } from "./avifBoxes.ts";
import type { ImageFacts } from "./imageFacts.ts";
import { inspectJpeg } from "./jpegFrame.ts";
import { inspectPng } from "./pngChunks.ts";
import { inspectTiff } from "./tiffDirectory.ts";

/** Bits per channel of a file that is to be written. */
export type BitDepth = 8 | 16;

/** How an image is written in one format. */
interface ImageEncoding {
  readonly bitDepths: readonly BitDepth[];
  readonly keepsAlpha: boolean;
  /** Largest width and height that the format can hold, in pixels. */
  readonly maxSide: number;
  /** Chooses the format's settings; `quality` is 1 to 100 and means nothing to lossless formats. */
  readonly encode: (image: Sharp, quality: number) => Sharp;
}

/** One image format. */
export interface ImageFormat {
  readonly name: string;
  /** File name extensions in lower case, the usual one first. */
  readonly extensions: readonly string[];
  readonly signatures: readonly Signature[];
  /** What a file says of itself that sharp does not tell; nothing if left out. */
  readonly inspect?: (bytes: Uint8Array) => ImageFacts;
  /** Absent where the format is only read. */
  readonly encoding?: ImageEncoding;
}

/** Bytes at a fixed place near the start of a file, written as Latin-1 text. */
type Signature = readonly [offset: number, text: string];

/** All formats that can be read, in the order in which people should hear of them. */
export const IMAGE_FORMATS: readonly ImageFormat[] = [
  {
    name: "JPEG",
    extensions: [".jpg", ".jpeg", ".jpe", ".jfif"],
    signatures: [[0, "\xff\xd8\xff"]],
    inspect: inspectJpeg,
    encoding: {
      bitDepths: [8],
      keepsAlpha: false,
      // The format has 65,535; libjpeg stops here.
      maxSide: 65_500,
      // 4:4:4, because brush strokes are chroma edges, which 4:2:0 would blur.
      encode: (image, quality) => image.jpeg({ quality, chromaSubsampling: "4:4:4" }),
    },
  },
  {
    name: "PNG",
    extensions: [".png"],
    signatures: [[0, "\x89PNG\r\n\x1a\n"]],
    inspect: inspectPng,
    encoding: {
      bitDepths: [8, 16],
      keepsAlpha: true,
      maxSide: 2 ** 31 - 1,
      encode: (image) => image.png(),
    },
  },
  {
    name: "WebP",
    extensions: [".webp"],
    signatures: [[8, "WEBP"]],
    encoding: {
      bitDepths: [8],
      keepsAlpha: true,
      maxSide: 16_383,
      // WebP knows only 4:2:0; the slower chroma subsampling keeps edges sharper.
      encode: (image, quality) => image.webp({ quality, smartSubsample: true }),
    },
  },
  {
    name: "TIFF",
    extensions: [".tif", ".tiff"],
    signatures: [
      [0, "II*\0"],
      [0, "MM\0*"],
      [0, "II+\0"],
      [0, "MM\0+"],
    ],
    inspect: inspectTiff,
    encoding: {
      bitDepths: [8, 16],
      keepsAlpha: true,
      maxSide: 2 ** 31 - 1,
      // sharp's default compression is JPEG, which is lossy and silently falls to 8 bits.
      encode: (image) => image.tiff({ compression: "deflate", predictor: "horizontal" }),
    },
  },
  {
    name: "AVIF",
    extensions: [".avif"],
    signatures: [
      [4, "ftypavif"],
      [4, "ftypavis"],
    ],
    inspect: inspectAvif,
    encoding: {
      bitDepths: [8],
      keepsAlpha: true,
      maxSide: 16_384,
      // Effort 2 took a sixth of the default's time, for a file 3 % larger.
      encode: (image, quality) => image.avif({ quality, chromaSubsampling: "4:4:4", effort: 2 }),
    },
  },
  { name: "GIF", extensions: [".gif"], signatures: [[0, "GIF8"]] },
];

/** What camera raw files are called. */
export const rawFormat = "a camera raw file";

/** Names of camera raw files; many of them are TIFF inside, with a thumbnail for a first page. */
export const RAW_EXTENSIONS: ReadonlySet<string> = new Set(
  "3fr arw cr2 cr3 crw dcr dng erf fff iiq kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 srf srw x3f"
    .split(" ")
    .map((name) => `.${name}`),
);

/** What people take for an image that deepstyle reads, so that the error can say what it is. */
const OTHER_FORMATS: readonly Pick<ImageFormat, "name" | "signatures">[] = [
  {
    name: "a HEIC image",
    signatures: [
      "heic",
      "heix",
      "hevc",
      "hevx",
      "heim",
      "heis",
      "hevm",
      "hevs",
      "mif1",
      "msf1",
    ].map((brand) => [4, `ftyp${brand}`] as const),
  },
  {
    name: "a JPEG XL image",
    signatures: [
      [0, "\xff\x0a"],
      [4, "JXL "],
    ],
  },
  {
    name: "a JPEG 2000 image",
    signatures: [
      [4, "jP  "],
      [0, "\xff\x4f\xff\x51"],
    ],
  },
  {
    name: rawFormat,
    signatures: [
      [0, "FUJIFILMCCD-RAW"],
      [0, "IIU\0"], // Panasonic, Leica
      [0, "IIRO"], // Olympus
      [0, "IIRS"],
      [0, "MMOR"],
      [4, "ftypcrx "], // Canon's CR3
      [0, "FOVb"], // Sigma
      [0, "\0MRM"], // Minolta
      [6, "HEAPCCDR"], // Canon's CRW
    ],
  },
  {
    name: "a Photoshop file",
    signatures: [[0, "8BPS"]],
  },
  { name: "a GIMP file", signatures: [[0, "gimp xcf"]] },
  { name: "a BMP image", signatures: [[0, "BM"]] },
  {
    name: "a PPM, PGM, PBM or PAM image",
    signatures: ["P1", "P2", "P3", "P4", "P5", "P6", "P7"].flatMap((kind) =>
      ["\n", " ", "\r", "\t"].map((space) => [0, kind + space] as const),
    ),
  },
  {
    name: "a PFM image",
    signatures: [
      [0, "PF\n"],
      [0, "Pf\n"],
    ],
  },
  { name: "an OpenEXR image", signatures: [[0, "\x76\x2f\x31\x01"]] },
  {
    name: "a Radiance HDR image",
    signatures: [
      [0, "#?RADIANCE"],
      [0, "#?RGBE"],
    ],
  },
  { name: "a QOI image", signatures: [[0, "qoif"]] },
  { name: "a DDS texture", signatures: [[0, "DDS "]] },
  { name: "a JPEG XR image", signatures: [[0, "II\xbc"]] },
  { name: "a BPG image", signatures: [[0, "BPG\xfb"]] },
  { name: "a DjVu file", signatures: [[0, "AT&TFORM"]] },
  { name: "a FITS image", signatures: [[0, "SIMPLE  ="]] },
  { name: "an SGI image", signatures: [[0, "\x01\xda"]] },
  {
    name: "a PCX image",
    signatures: [
      [0, "\x0a\x05\x01"],
      [0, "\x0a\x03\x01"],
    ],
  },
  // Before icons: a header of zeros is that of a picture without colour table.
  {
    name: "a TGA image",
    signatures: [
      ...["\x02", "\x03", "\x0a", "\x0b"].map((kind) => [1, `\0${kind}\0\0\0\0\0`] as const),
      ...["\x01", "\x09"].map((kind) => [1, `\x01${kind}\0\0`] as const),
    ],
  },
  { name: "an icon", signatures: [[0, "\0\0\x01\0"]] },
  { name: "a cursor", signatures: [[0, "\0\0\x02\0"]] },
  { name: "a PDF file", signatures: [[0, "%PDF"]] },
  {
    name: "a PostScript file",
    signatures: [
      [0, "%!PS"],
      [0, "\xc5\xd0\xd3\xc6"],
    ],
  },
  {
    name: "an SVG or other XML file",
    signatures: [
      [0, "<svg"],
      [0, "<?xml"],
      [0, "<!DOCTYPE svg"],
      [0, "<!--"],
    ],
  },
  {
    name: "a web page",
    signatures: [
      [0, "<!DOCTYPE html"],
      [0, "<!doctype html"],
      [0, "<html"],
    ],
  },
  { name: "an archive, perhaps a document with pictures in it", signatures: [[0, "PK\x03\x04"]] },
  {
    name: "a film",
    signatures: [
      [4, "ftyp"],
      [0, "\x1a\x45\xdf\xa3"],
      [8, "AVI "],
    ],
  },
];

/**
 * The format of a file, by its first bytes; its name is not looked at.
 *
 * @param bytes - the file, or at least its first 64 bytes
 * @returns the format if it can be read, else the name of what it seems to be, if that is known
 */
export function recogniseFormat(bytes: Uint8Array): ImageFormat | string | undefined {
  const start = withOwnBrand(Buffer.from(bytes.subarray(0, 64)).toString("latin1"));
  const carries = ({ signatures }: Pick<ImageFormat, "signatures">) =>
    signatures.some(([offset, text]) => start.startsWith(text, offset));
  return IMAGE_FORMATS.find(carries) ?? OTHER_FORMATS.find(carries)?.name;
}

/** Brands that say no more than that there is a picture. */
const commonBrands: readonly string[] = ["mif1", "msf1", "miaf"];

/**
 * The start of a file, without white space before text; where files of many kinds begin alike, with the brand that
 * tells which it is in the first place.
 */
function withOwnBrand(start: string): string {
  if (!start.startsWith("ftyp", 4) || !commonBrands.includes(start.slice(8, 12)))
    return start.replace(/^(?:\xef\xbb\xbf)?\s*</, "<");
  const length = Math.min(start.charCodeAt(3), start.length);
  const others = start.slice(16, length).match(/.{4}/gs) ?? [];
  const own = others.find((brand) => /^(?:avi[fs]|he[iv].)$/.test(brand));
  return own === undefined ? start : start.slice(0, 8) + own + start.slice(12);
}

/** Formats that can be written as well as read. */
export const WRITABLE_FORMATS = IMAGE_FORMATS.filter(
  (format): format is ImageFormat & Required<Pick<ImageFormat, "encoding">> =>
    format.encoding !== undefined,
);
