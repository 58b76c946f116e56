// The image formats that deepstyle reads and writes. To add one, add a row.

import type { Sharp } from "sharp";

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
  /** Absent where the format is only read. */
  readonly encoding?: ImageEncoding;
}

/** Bytes at a fixed place near the start of a file, written as Latin-1 text. */
type Signature = readonly [offset: number, text: string];

/** All formats that can be read, in the order in which people should hear of them. */
export const IMAGE_FORMATS: readonly ImageFormat[] = [
  {
    name: "JPEG",
    extensions: [".jpg", ".jpeg"],
    signatures: [[0, "\xff\xd8\xff"]],
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

/** What people take for an image that deepstyle reads, so that the error can say what it is. */
const OTHER_FORMATS: readonly Pick<ImageFormat, "name" | "signatures">[] = [
  {
    name: "a HEIC image",
    signatures: [
      [4, "ftyphei"],
      [4, "ftyphev"],
      [4, "ftypmif1"],
    ],
  },
  {
    name: "a JPEG XL image",
    signatures: [
      [0, "\xff\x0a"],
      [4, "JXL "],
    ],
  },
  { name: "a JPEG 2000 image", signatures: [[4, "jP  "]] },
  { name: "a Photoshop file", signatures: [[0, "8BPS"]] },
  { name: "a BMP image", signatures: [[0, "BM"]] },
  { name: "a PDF file", signatures: [[0, "%PDF"]] },
  {
    name: "an SVG or other XML file",
    signatures: [
      [0, "<svg"],
      [0, "<?xml"],
    ],
  },
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
  const start = Buffer.from(bytes.subarray(0, 64)).toString("latin1");
  const carries = ({ signatures }: Pick<ImageFormat, "signatures">) =>
    signatures.some(([offset, text]) => start.startsWith(text, offset));
  return IMAGE_FORMATS.find(carries) ?? OTHER_FORMATS.find(carries)?.name;
}

/** Formats that can be written as well as read. */
export const WRITABLE_FORMATS = IMAGE_FORMATS.filter(
  (format): format is ImageFormat & Required<Pick<ImageFormat, "encoding">> =>
    format.encoding !== undefined,
);
