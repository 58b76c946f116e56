import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import type { Raster } from "@deepstyle/core";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it, test } from "vitest";
import { MediaError } from "../../src/errors.ts";
import { readImage, type ReadImageOptions } from "../../src/media/imageFile.ts";
import { encodeTaggedTiff } from "../../src/media/taggedTiff.ts";
import { asOrdinaryUser, temporaryFolder } from "../temporaryFolder.ts";
import { iccProfile, para, xyz } from "./iccFixture.ts";
import { draw, flat, inkJpeg, inkTiff, plane, toSharp, type Picture } from "./pictures.ts";

const folder = temporaryFolder();

async function readBytes(bytes: Uint8Array, options?: ReadImageOptions): Promise<Raster> {
  const path = join(folder, "input");
  writeFileSync(path, bytes);
  return await readImage(path, options);
}

/** The planes of a raster in the order red, green, blue. */
function planes({ width, height, data }: Raster): Float32Array[] {
  const pixels = width * height;
  return [0, 1, 2].map((c) => data.slice(c * pixels, (c + 1) * pixels));
}

/** The colour of the pixel in the middle, in steps of 255. */
function middle({ width, height, data }: Raster): number[] {
  const pixels = width * height;
  const at = Math.floor(height / 2) * width + Math.floor(width / 2);
  return [0, 1, 2].map((c) => data[c * pixels + at]! * 255);
}

function expectNear(actual: readonly number[], expected: readonly number[], tolerance: number) {
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
  expect(worst, `got ${actual.join()}, expected ${expected.join()}`).toBeLessThanOrEqual(tolerance);
}

function expectExactly(raster: Raster, picture: Picture) {
  expect([raster.width, raster.height]).toEqual([picture.width, picture.height]);
  const grey = picture.channels < 3;
  planes(raster).forEach((each, c) => expectSame(each, plane(picture, grey ? 0 : c)));
  if (picture.channels % 2 === 1) expect(raster.alpha).toBeUndefined();
  else expectSame(raster.alpha!, plane(picture, picture.channels - 1));
}

/** Like `toEqual`, which takes seconds for a million numbers. */
function expectSame(actual: Float32Array, expected: Float32Array) {
  expect(actual.length).toBe(expected.length);
  const at = actual.findIndex((value, i) => value !== expected[i]);
  expect(at, `got ${actual[at]!}, expected ${expected[at]!}`).toBe(-1);
}

describe("readImage gives what was drawn", () => {
  test.each([
    [1, 1],
    [7, 5],
    [333, 517],
    [3000, 200],
  ])("%i × %i px", async (width, height) => {
    const picture = draw(width, height, 3);
    expectExactly(await readBytes(await toSharp(picture).png().toBuffer()), picture);
  });

  const lossless = {
    png: (image: Sharp) => image.png(),
    tiff: (image: Sharp) => image.tiff({ compression: "lzw" }),
  };
  const kinds = ([1, 2, 3, 4] as const).flatMap((channels) =>
    ([8, 16] as const).flatMap((bits) =>
      (["png", "tiff"] as const).map((format) => ({ format, channels, bits })),
    ),
  );
  test.each(kinds)("exactly: $format, $channels channels, $bits bits", async (kind) => {
    const picture = draw(40, 30, kind.channels, kind.bits);
    const bytes = await lossless[kind.format](toSharp(picture)).toBuffer();
    expectExactly(await readBytes(bytes), picture);
  });

  it("tells all 65,536 steps of a 16-bit ramp apart", async () => {
    const values = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const picture: Picture = { width: 256, height: 256, channels: 1, values };
    const { data } = await readBytes(await toSharp(picture).png().toBuffer());
    expect(new Set(data).size).toBe(65_536);
    expect([data[0], data[1], data[65_535]]).toEqual([0, Math.fround(1 / 65_535), 1]);
  });

  it("exactly: lossless WebP with transparency", async () => {
    const picture = draw(40, 30, 4);
    const opaque = { ...picture, values: picture.values.map((v, i) => (i % 4 === 3 ? v | 1 : v)) };
    expectExactly(
      await readBytes(await toSharp(opaque).webp({ lossless: true, exact: true }).toBuffer()),
      opaque,
    );
  });

  it("exactly: a palette PNG", async () => {
    const values = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30);
    const picture: Picture = { width: 2, height: 2, channels: 3, values };
    const bytes = await toSharp(picture).png({ palette: true, colours: 4, dither: 0 }).toBuffer();
    expect((await sharp(bytes).metadata()).isPalette).toBe(true);
    expectExactly(await readBytes(bytes), picture);
  });

  it("exactly: the first frame of a GIF, with its transparent pixels", async () => {
    const values = Uint8Array.of(255, 0, 0, 255, 0, 0, 0, 0);
    const first = await toSharp({ width: 2, height: 1, channels: 4, values }).png().toBuffer();
    const second = await flat(0, 255, 0, 1).resize(2, 1).png().toBuffer();
    const gif = await sharp([first, second], { join: { animated: true } })
      .gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const raster = await readBytes(gif);
    expect([raster.width, raster.height]).toEqual([2, 1]);
    expect(planes(raster).map(([left]) => left)).toEqual([1, 0, 0]);
    expect(raster.alpha).toEqual(Float32Array.of(1, 0));
  });

  // At quality 100 a flat colour survives but for the rounding of YCbCr.
  const YCBCR_ROUNDING = 2;
  test.each([
    { name: "JPEG", encode: (image: Sharp) => image.jpeg({ quality: 100 }) },
    { name: "progressive JPEG", encode: (image: Sharp) => image.jpeg({ progressive: true }) },
    { name: "WebP", encode: (image: Sharp) => image.webp({ quality: 100 }) },
    { name: "AVIF", encode: (image: Sharp) => image.avif({ quality: 100 }) },
    { name: "AVIF of 10 bits", encode: (image: Sharp) => image.avif({ bitdepth: 10 }) },
  ])("nearly: $name", async ({ encode }) => {
    const raster = await readBytes(await encode(flat(200, 120, 40)).toBuffer());
    expectNear(middle(raster), [200, 120, 40], YCBCR_ROUNDING);
    expect(raster.alpha).toBeUndefined();
  });

  it("takes the white of a 10-bit AVIF as 1", async () => {
    const values = new Uint16Array(16 * 16 * 3).fill(65_535);
    const white = toSharp({ width: 16, height: 16, channels: 3, values });
    const bytes = await white.avif({ bitdepth: 10, lossless: true }).toBuffer();
    expect((await sharp(bytes).metadata()).bitsPerSample).toBe(10);
    expect(Math.min(...(await readBytes(bytes)).data)).toBe(1);
  });

  it("gives a grey JPEG three equal channels", async () => {
    const picture = draw(64, 64, 1);
    const bytes = await toSharp(picture).jpeg().toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(1);
    const [red, green, blue] = planes(await readBytes(bytes));
    expect(green).toEqual(red);
    expect(blue).toEqual(red);
  });
});

describe("readImage turns the picture upright", () => {
  // Six flat fields, stored as the rows "abc" and "def"; how they must appear, after the meaning that
  // EXIF 2.32 (tag 0x0112) gives to the stored row 0 and column 0.
  const upright = [
    { orientation: 1, rows: ["abc", "def"] },
    { orientation: 2, rows: ["cba", "fed"] },
    { orientation: 3, rows: ["fed", "cba"] },
    { orientation: 4, rows: ["def", "abc"] },
    { orientation: 5, rows: ["ad", "be", "cf"] },
    { orientation: 6, rows: ["da", "eb", "fc"] },
    { orientation: 7, rows: ["fc", "eb", "da"] },
    { orientation: 8, rows: ["cf", "be", "ad"] },
  ];
  const FIELD = 16;
  const greyOf = (field: string) => 20 + 40 * "abcdef".indexOf(field);

  function fields(): Sharp {
    const [width, height] = [3 * FIELD, 2 * FIELD];
    const values = Uint8Array.from({ length: width * height }, (_, i) => {
      const column = Math.floor((i % width) / FIELD);
      const row = Math.floor(i / width / FIELD);
      return greyOf(["abc", "def"][row]![column]!);
    });
    return toSharp({ width, height, channels: 1, values });
  }

  function rowsOf({ width, height, data }: Raster): string[] {
    return Array.from({ length: height / FIELD }, (_, row) =>
      Array.from({ length: width / FIELD }, (_, column) => {
        const at = (row * FIELD + FIELD / 2) * width + column * FIELD + FIELD / 2;
        return "abcdef"[Math.round((data[at]! * 255 - 20) / 40)];
      }).join(""),
    );
  }

  const cases = upright.flatMap((each) =>
    (["jpeg", "tiff", "webp", "png"] as const).map((format) => ({ ...each, format })),
  );
  test.each(cases)("$format, orientation $orientation", async ({ orientation, rows, format }) => {
    const bytes = await fields().withMetadata({ orientation }).toFormat(format).toBuffer();
    expect((await sharp(bytes).metadata()).orientation).toBe(orientation);
    expect(rowsOf(await readBytes(bytes))).toEqual(rows);
  });
});

describe("readImage converts to sRGB", () => {
  async function srgbProfile(): Promise<Buffer> {
    const bytes = await flat(0, 0, 0).withIccProfile("srgb").png().toBuffer();
    return (await sharp(bytes).metadata()).icc!;
  }

  // sharp's own Display P3 is rounded too coarsely for this: it has 0 for the -0.00105.
  const curve = para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);
  const displayP3 = iccProfile("RGB ", {
    rXYZ: xyz(0.515146, 0.2412, -0.00105),
    gXYZ: xyz(0.29201, 0.692223, 0.041878),
    bXYZ: xyz(0.157139, 0.066577, 0.784276),
    rTRC: curve,
    gTRC: curve,
    bTRC: curve,
  });

  /** IEC 61966-2-1 both ways, which Display P3 shares. */
  const decode = (x: number) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
  const encode = (x: number) => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);

  // Linear Display P3 to linear sRGB: CSS Color 4, section 17, XYZ matrices multiplied.
  const P3_TO_SRGB = [
    [1.2249401762805598, -0.22494017628055996, 0],
    [-0.04205695470968816, 1.0420569547096881, 0],
    [-0.019637554590334432, -0.07863604555063188, 1.0982736001409663],
  ];
  const srgbOfP3 = (colour: readonly number[]) =>
    P3_TO_SRGB.map((row) => {
      const light = row.reduce((sum, factor, i) => sum + factor * decode(colour[i]!), 0);
      return encode(Math.min(1, Math.max(0, light)));
    });

  const p3Colours = [
    [0.5, 0.5, 0.5],
    [0.8, 0.4, 0.3],
    [0.25, 0.6, 0.35],
    [0.1, 0.2, 0.7],
    [0.92, 0.27, 0.16], // nearly outside sRGB
    [0, 1, 0], // outside
  ];

  test.each([8, 16] as const)(
    "from Display P3 at %i bits, by the published matrix",
    async (bits) => {
      const white = 2 ** bits - 1;
      const stored = p3Colours.map((colour) => colour.map((x) => Math.round(x * white)));
      const values = (bits === 8 ? Uint8Array : Uint16Array).from(stored.flat());
      const tagged = encodeTaggedTiff(
        { width: stored.length, height: 1, channels: 3, values, white },
        displayP3,
      );
      const [red, green, blue] = planes(await readBytes(tagged));
      // 4e-5 of light from the rounding of the colorants, 12.92 times as much where sRGB is steepest.
      const PROFILE_ROUNDING = 5e-4;
      stored.forEach((colour, i) => {
        const expected = srgbOfP3(colour.map((x) => x / white));
        expectNear([red![i]!, green![i]!, blue![i]!], expected, PROFILE_ROUNDING);
      });
    },
  );

  it("from Display P3 to the colour that another program converted", async () => {
    const drawn = [180, 100, 60];
    const bytes = await flat(180, 100, 60).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expect(Math.abs(stored[0]! - 180)).toBeGreaterThan(5);
    // The stored values are rounded to 8 bits, which the matrix magnifies.
    expectNear(middle(await readBytes(bytes)), drawn, 1);
  });

  it("leaves 16-bit values that are tagged as sRGB exactly as they are", async () => {
    const picture = draw(40, 30, 4, 16);
    const tagged = encodeTaggedTiff(
      { ...picture, channels: 4, white: 65_535 },
      await srgbProfile(),
    );
    expectExactly(await readBytes(tagged), picture);
  });

  it("from a gamma, in grey at 16 bits", async () => {
    const values = Uint16Array.of(0, 5000, 20_000, 40_000, 65_535);
    const icc = iccProfile("GRAY", { kTRC: para(0, 1.8) });
    const png = await toSharp({ width: 5, height: 1, channels: 1, values }).png().toBuffer();
    const [red, green, blue] = planes(await readBytes(withPngProfile(png, icc)));
    const expected = [...values].map((value) => encode((value / 65_535) ** 1.8));
    // The gamma is stored in steps of 1/65536.
    expectNear([...red!], expected, 1e-5);
    expect(green).toEqual(red);
    expect(blue).toEqual(red);
  });

  test.each([8, 16] as const)("taking a broken profile for sRGB, at %i bits", async (bits) => {
    const picture = draw(9, 7, 3, bits);
    const broken = Buffer.from(displayP3).fill(0, 132, 300);
    const white = 2 ** bits - 1;
    const tagged = encodeTaggedTiff({ ...picture, channels: 3, white }, broken);
    const [red] = planes(await readBytes(tagged));
    // What only sharp's colour tables could tell comes at 8 bits.
    expectNear([...red!], [...plane(picture, 0)], bits === 8 ? 0 : 1 / 255);
  });

  // How screens show the inks of offset printing on coated paper, by Adobe's SWOP: #00AEEF, #EC008C,
  // #FFF200, #231F20. Presses and profiles differ; a negative would be off by 200.
  const PRESS = 32;
  test.each([
    { ink: "no ink", inks: [0, 0, 0, 0], colour: [255, 255, 255] },
    { ink: "cyan", inks: [255, 0, 0, 0], colour: [0, 174, 239] },
    { ink: "magenta", inks: [0, 255, 0, 0], colour: [236, 0, 140] },
    { ink: "yellow", inks: [0, 0, 255, 0], colour: [255, 242, 0] },
    { ink: "black", inks: [0, 0, 0, 255], colour: [35, 31, 32] },
  ] as const)("from CMYK without a profile: $ink", async ({ inks, colour }) => {
    expectNear(middle(await readBytes(await inkTiff(inks))), colour, PRESS);
    expectNear(middle(await readBytes(await inkJpeg(inks))), colour, PRESS);
  });

  test.each([
    { name: "without a profile", tag: (cmyk: Sharp) => cmyk },
    { name: "with a profile", tag: (cmyk: Sharp) => cmyk.withIccProfile("cmyk") },
  ])("from CMYK JPEG $name, back to what was drawn", async ({ tag }) => {
    // The press cannot print every colour, and the profile's two directions differ.
    const GAMUT = 24;
    for (const [red, green, blue] of [
      [200, 120, 90],
      [90, 140, 110],
    ] as const) {
      const cmyk = tag(flat(red, green, blue).toColourspace("cmyk"));
      const bytes = await cmyk.jpeg({ quality: 100 }).toBuffer();
      expect((await sharp(bytes).metadata()).space).toBe("cmyk");
      const raster = await readBytes(bytes);
      expectNear(middle(raster), [red, green, blue], GAMUT);
      expect(raster.alpha).toBeUndefined();
    }
  });

  it("from YCCK as from the CMYK that it stands for", async () => {
    // Adobe's JPEGs store 255 - ink. Stored Y = 60, Cb = Cr = 128 means a stored C = M = Y of
    // 255 - 60, which is an ink of 60 (libjpeg, ycck_cmyk_convert).
    const ycck = await inkJpeg([255 - 60, 255 - 128, 255 - 128, 40]);
    const marker = ycck.indexOf("Adobe");
    expect(ycck[marker + 11]).toBe(0); // the transform: none
    ycck[marker + 11] = 2; // YCCK
    const expected = middle(await readBytes(await inkJpeg([60, 60, 60, 40])));
    expectNear(middle(await readBytes(ycck)), expected, 1);
  });
});

/** A PNG chunk: length, type, data, CRC (PNG specification, section 5.3). */
function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

const PNG_SIGNATURE = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

function withPngProfile(png: Buffer, icc: Buffer): Buffer {
  // Stored, not deflated: libpng takes a chunk of less than 81 bytes for a broken one.
  const stored = deflateSync(icc, { level: 0 });
  const data = Buffer.concat([Buffer.from("profile\0\0", "latin1"), stored]);
  const afterHeader = PNG_SIGNATURE.length + 25;
  return Buffer.concat([
    png.subarray(0, afterHeader),
    chunk("iCCP", data),
    png.subarray(afterHeader),
  ]);
}

/** A PNG that claims a size and brings next to no pixels. */
function pngOfSize(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB
  return Buffer.concat([
    PNG_SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(Buffer.alloc(1000))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

describe("readImage refuses in one line", () => {
  const FORMATS = "expected JPEG, PNG, WebP, TIFF, AVIF or GIF. Export it as one of these.";

  async function errorOf(path: string, options?: ReadImageOptions): Promise<MediaError> {
    const error: unknown = await readImage(path, options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof MediaError)) throw new Error("expected a MediaError", { cause: error });
    expect(error.message).not.toContain("\n");
    expect(error.path).toBe(path);
    return error;
  }

  async function errorOfBytes(bytes: Uint8Array, options?: ReadImageOptions) {
    const path = join(folder, "bad.jpg");
    writeFileSync(path, bytes);
    const error = await errorOf(path, options);
    return { code: error.code, message: error.message.replace(path, "bad.jpg") };
  }

  it("a file that is not there", async () => {
    const error = await errorOf(join(folder, "no", "such.png"));
    expect(error.code).toBe("ERR_MEDIA_MISSING");
    expect(error.message).toBe(
      `${join(folder, "no", "such.png")} does not exist: expected an image. Check the name and the folder.`,
    );
  });

  it("a folder", async () => {
    const path = join(folder, "album.png");
    mkdirSync(path);
    const error = await errorOf(path);
    expect(error.code).toBe("ERR_MEDIA_NOT_A_FILE");
    expect(error.message).toBe(`${path} is a folder: expected an image file. Name a file.`);
  });

  it.skipIf(!existsSync("/dev/zero"))("a device, without reading on for ever", async () => {
    expect((await errorOf("/dev/zero")).code).toBe("ERR_MEDIA_NOT_A_FILE");
  });

  it("a file without permission to read", async () => {
    const path = join(folder, "secret.png");
    writeFileSync(path, "secret");
    chmodSync(path, 0);
    const error = await asOrdinaryUser(() => errorOf(path));
    expect(error.code).toBe("ERR_MEDIA_UNREADABLE");
    expect(error.message).toBe(
      `${path} cannot be read: permission denied. Change its permissions, or copy it elsewhere.`,
    );
  });

  it("an empty file", async () => {
    expect(await errorOfBytes(Buffer.alloc(0))).toEqual({
      code: "ERR_MEDIA_EMPTY",
      message: "bad.jpg is empty: expected an image file, got 0 bytes. Copy or export it again.",
    });
  });

  test.each([
    { what: "text", bytes: "These are my holiday photos.", message: "is no image file" },
    { what: "a HEIC photo", bytes: "\0\0\0\x18ftypheic\0\0\0\0", message: "is a HEIC image" },
    {
      what: "an SVG",
      bytes: '<svg xmlns="http://www.w3.org/2000/svg"/>',
      message: "is an SVG or other XML file",
    },
    { what: "a film", bytes: "\0\0\0\x18ftypisom\0\0\0\0", message: "is a film" },
    { what: "a BMP", bytes: "BM\x46\0\0\0", message: "is a BMP image" },
  ])("$what, though its name ends in .jpg", async ({ bytes, message }) => {
    const error = await errorOfBytes(Buffer.from(bytes, "latin1"));
    expect(error.code).toBe("ERR_MEDIA_UNSUPPORTED");
    expect(error.message).toContain(`bad.jpg ${message}`);
    expect(error.message).toContain(FORMATS);
  });

  it("a TIFF of floating point numbers", async () => {
    const tiff = await flat(9, 9, 9)
      .toColourspace("scrgb")
      .tiff({ compression: "none", predictor: "float" })
      .toBuffer();
    expect(await errorOfBytes(tiff)).toEqual({
      code: "ERR_MEDIA_UNSUPPORTED",
      message:
        "bad.jpg is a TIFF file of an uncommon kind, of floating-point numbers. Convert it first, for instance by ImageMagick: magick OLD -colorspace sRGB -depth 8 NEW.png.",
    });
  });

  const photo = toSharp(draw(200, 150, 3));
  test.each([
    { name: "JPEG", encode: () => photo.clone().jpeg() },
    { name: "PNG", encode: () => photo.clone().png() },
    { name: "WebP", encode: () => photo.clone().webp() },
    { name: "TIFF", encode: () => photo.clone().tiff({ compression: "lzw" }) },
    { name: "AVIF", encode: () => photo.clone().avif() },
    { name: "GIF", encode: () => photo.clone().gif() },
  ])("a $name that is cut off anywhere", async ({ name, encode }) => {
    const whole = await encode().toBuffer();
    for (const part of [0.02, 0.5, 0.98]) {
      const error = await errorOfBytes(whole.subarray(0, Math.ceil(part * whole.length)));
      expect(error.code).toBe("ERR_MEDIA_DAMAGED");
      expect(error.message).toBe(
        `bad.jpg is damaged or cut off: expected a whole ${name} file. Copy or export it again.`,
      );
    }
  });

  it("20,000 × 20,000 px in a few bytes, before a pixel is decoded", async () => {
    const before = process.memoryUsage().rss;
    const jpeg = await flat(1, 2, 3).jpeg().toBuffer();
    // Height and width in the frame header: ISO/IEC 10918-1, B.2.2.
    jpeg.writeUInt32BE(20_000 * 2 ** 16 + 20_000, jpeg.indexOf(Buffer.from([0xff, 0xc0])) + 5);
    for (const [name, bytes] of [
      ["PNG", pngOfSize(20_000, 20_000)],
      ["JPEG", jpeg],
    ] as const)
      expect(await errorOfBytes(bytes)).toEqual({
        code: "ERR_MEDIA_DAMAGED",
        message: `bad.jpg is damaged or cut off: expected a whole ${name} file. Copy or export it again.`,
      });
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it("no PNG that deflate has made as small as it can", async () => {
    for (const channels of [1, 3, 4] as const) {
      const pixels = Buffer.alloc(3000 * 3000 * channels, 7);
      const raw = { width: 3000, height: 3000, channels };
      const bytes = await sharp(pixels, { raw }).png({ compressionLevel: 9 }).toBuffer();
      expect((await readBytes(bytes)).width).toBe(3000);
    }
  });

  it("a PNG that has fewer pixels than it claims", async () => {
    const error = await errorOfBytes(pngOfSize(3000, 3000));
    expect(error.code).toBe("ERR_MEDIA_DAMAGED");
  });
});
