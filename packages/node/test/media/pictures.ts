import sharp, { type Sharp } from "sharp";

/** Whole-numbered pixels as they are drawn by hand, `[height, width, channels]`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly values: Uint8Array | Uint16Array;
}

/** A picture whose samples follow from their place, each in the whole range of its bits. */
export function draw(
  width: number,
  height: number,
  channels: Picture["channels"],
  bits: 8 | 16 = 8,
): Picture {
  const values = new (bits === 8 ? Uint8Array : Uint16Array)(width * height * channels);
  // Odd multipliers run through all values of a sample before they repeat.
  for (let i = 0; i < values.length; i++) values[i] = i * 40_503 + 11;
  return { width, height, channels, values };
}

/** sharp's view of a picture, to be written in any format; grey stays grey, 16 bits stay 16. */
export function toSharp({ width, height, channels, values }: Picture): Sharp {
  const is16Bit = values instanceof Uint16Array;
  const colourspace = channels < 3 ? (is16Bit ? "grey16" : "b-w") : is16Bit ? "rgb16" : "srgb";
  return sharp(values, { raw: { width, height, channels } }).toColourspace(colourspace);
}

/** One channel of a picture as a plane in [0, 1]. */
export function plane({ channels, values }: Picture, channel: number): Float32Array {
  const white = values instanceof Uint16Array ? 65_535 : 255;
  const result = new Float32Array(values.length / channels);
  for (let p = 0; p < result.length; p++) result[p] = values[p * channels + channel]! / white;
  return result;
}

/** One flat colour, large enough that a lossy format keeps it. */
export function flat(red: number, green: number, blue: number, alpha?: number): Sharp {
  return sharp({
    create: {
      width: 16,
      height: 16,
      channels: alpha === undefined ? 3 : 4,
      background: { r: red, g: green, b: blue, alpha: alpha ?? 1 },
    },
  });
}

/** A CMYK TIFF, 16 × 16, of one mixture of inks, each 0 (paper) to 255. */
export async function inkTiff(inks: readonly [number, number, number, number]): Promise<Buffer> {
  const tiff = await flat(128, 128, 128)
    .toColourspace("cmyk")
    .tiff({ compression: "none" })
    .toBuffer();
  // libvips puts uncompressed pixels right after the eight bytes of the header.
  for (let i = 0; i < 16 * 16 * 4; i++) tiff[8 + i] = inks[i % 4]!;
  return tiff;
}

/** The same inks as JPEG. */
export async function inkJpeg(inks: readonly [number, number, number, number]): Promise<Buffer> {
  return await sharp(await inkTiff(inks))
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .jpeg({ quality: 100 })
    .toBuffer();
}
