// Sound files that are no usual pictures: named, counted, converted or refused.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it, test } from "vitest";
import { MediaError } from "../../src/errors.ts";
import { readImage } from "../../src/media/imageFile.ts";
import { encodeTaggedTiff } from "../../src/media/taggedTiff.ts";
import { sharedPath } from "../shared.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { draw, flat, toSharp } from "./pictures.ts";

const folder = temporaryFolder();
const caseOf = (name: string): string => sharedPath("cases", name)!;

function fileOf(bytes: Uint8Array, name = "picture.jpg"): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** What is said of a file that is refused, with the name alone for its path. */
async function refusal(path: string): Promise<string> {
  const error: unknown = await readImage(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MediaError)) throw new Error("expected a MediaError", { cause: error });
  expect(error.code).toBe("ERR_MEDIA_UNSUPPORTED");
  expect(error.message).not.toMatch(/damaged|\n|sharp|vips|buffer/i);
  return error.message.replace(path, "IT");
}

/** The colour of the first pixel, in steps of 255. */
async function firstColour(bytes: Uint8Array): Promise<number[]> {
  const { width, height, data } = await readImage(fileOf(bytes));
  return [0, 1, 2].map((c) => data[c * width * height]! * 255);
}

type Entry = readonly [tag: number, type: 3 | 4, ...values: number[]];

/** A TIFF of entries, 16 × 16 px of one colour, in one strip without compression. */
function tiffOf(colour: readonly number[], others: readonly Entry[] = []): Buffer {
  const samples = colour.length;
  const pixels = Buffer.from(Array.from({ length: 256 }, () => colour).flat());
  const usual: Entry[] = [
    [256, 4, 16],
    [257, 4, 16],
    [258, 3, ...colour.map(() => 8)],
    [259, 3, 1],
    [262, 3, samples < 3 ? 1 : 2],
    [273, 4, 0],
    [277, 3, samples],
    [278, 4, 16],
    [279, 4, pixels.length],
  ];
  const merged = new Map([...usual, ...others].map((entry) => [entry[0], entry]));
  const entries = [...merged.values()].sort(([a], [b]) => a - b);
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  const long: Buffer[] = [];
  let end = 8 + directory.length;
  directory.writeUInt16LE(entries.length, 0);
  entries.forEach(([tag, type, ...values], i) => {
    const at = 2 + 12 * i;
    const size = type === 3 ? 2 : 4;
    const numbers = Buffer.alloc(Math.max(4, size * values.length));
    values.forEach((value, k) => numbers.writeUIntLE(value, k * size, size));
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(values.length, at + 4);
    if (numbers.length === 4) numbers.copy(directory, at + 8);
    else {
      directory.writeUInt32LE(end, at + 8);
      long.push(numbers);
      end += numbers.length;
    }
    if (tag === 273) directory.writeUInt32LE(0, at + 8);
  });
  const strip = entries.findIndex(([tag]) => tag === 273);
  directory.writeUInt32LE(end, 2 + 12 * strip + 8);
  return Buffer.concat([Buffer.from("II*\0\x08\0\0\0", "latin1"), directory, ...long, pixels]);
}

describe("by name", () => {
  const starts: Readonly<Record<string, string>> = {
    "P6\n4 4\n255\n": "is a PPM, PGM, PBM or PAM image",
    "\0\0\x02\0\0\0\0\0\0\0\0\0\x40\0\x30\0\x18\0": "is a TGA image",
    "\x76\x2f\x31\x01\x02\0\0\0": "is an OpenEXR image",
    "qoif\0\0\0\x40": "is a QOI image",
    "\0\0\x01\0\x01\0\x10\x10": "is an icon",
    "\0\0\x02\0\x01\0\x10\x10": "is a cursor",
    "8BPS\0\x01": "is a Photoshop file",
    "\xef\xbb\xbf\n <svg >": "is an SVG or other XML file",
    "\0\0\0\x18ftypmif1\0\0\0\0mif1heic": "is a HEIC image",
    "BM\x46\0\0\0": "is a BMP image",
    "\xff\x0a\xfa": "is a JPEG XL image",
    "\0\0\0\x0cjP  \r\n\x87\n": "is a JPEG 2000 image",
    "\xff\x4f\xff\x51\0": "is a JPEG 2000 image",
    "DDS \x7c\0\0\0": "is a DDS texture",
    "#?RADIANCE\n": "is a Radiance HDR image",
    "\x0a\x05\x01\x08": "is a PCX image",
    "\0\0\0\x18ftypisom\0\0\0\0": "is a film",
  };
  test.each(Object.entries(starts))("%j", async (start, said) => {
    const path = fileOf(Buffer.from(start, "latin1"));
    expect(await refusal(path)).toBe(
      `IT ${said}: expected JPEG, PNG, WebP, TIFF, AVIF or GIF. Export it as one of these.`,
    );
  });

  const raw =
    /^IT is a camera raw file.* Open it in a raw converter, and export it as JPEG or TIFF\.$/;
  const raws: Readonly<Record<string, string>> = {
    RAF: "FUJIFILMCCD-RAW 0201",
    RW2: "IIU\0\x18\0\0\0",
    ORF: "IIRO\x08\0\0\0",
    CR2: "II*\0\x10\0\0\0CR\x02\0\0\0\0\0\0\0\0\0\0\0\0\0",
    CR3: "\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
  };
  test.each(Object.entries(raws))("camera raw %s, whatever its extension", async (_, start) => {
    for (const name of ["photo.jpg", "photo.tif"])
      expect(await refusal(fileOf(Buffer.from(start, "latin1"), name))).toMatch(raw);
  });

  it.skipIf(sharedPath("cases") === undefined)("a DNG under any name", async () => {
    const bytes = readFileSync(caseOf("photo.dng"));
    for (const name of ["photo.dng", "photo.tif", "photo.jpg", "photo"])
      expect(await refusal(fileOf(bytes, name))).toMatch(raw);
  });

  test.each([
    {
      maker: "Nikon, Sony",
      entries: [
        [254, 4, 1],
        [330, 4, 8],
        [262, 3, 32803],
      ],
    },
    { maker: "Pentax", entries: [[259, 3, 65535]] },
    { maker: "linear", entries: [[262, 3, 34892]] },
  ] as { maker: string; entries: Entry[] }[])(
    "TIFF with pixels of a sensor: $maker",
    async ({ entries }) => {
      expect(await refusal(fileOf(tiffOf([1, 2, 3], entries)))).toMatch(raw);
    },
  );

  test.each(["nef", "ARW", "pef", "3fr"])("TIFF that is called .%s", async (extension) => {
    expect(await refusal(fileOf(tiffOf([1, 2, 3]), `photo.${extension}`))).toMatch(raw);
  });
});

describe("sound files of an uncommon kind say what is uncommon", () => {
  const magick = /Convert it first, for instance by ImageMagick: magick OLD .* NEW\.png\.$/;

  it.skipIf(sharedPath("cases") === undefined).each([
    ["lab.tif", "with Lab colours"],
    ["lzma.tif", "compressed by LZMA"],
    ["ojpeg-tile.tif", "compressed by the old kind of JPEG"],
  ])("%s: %s", async (name, kind) => {
    const said = await refusal(caseOf(name));
    expect(said).toContain(`IT is a TIFF file of an uncommon kind, ${kind}. `);
    expect(said).toMatch(magick);
  });

  test.each([
    [[[259, 3, 50000]], "compressed by Zstandard"],
    [[[259, 3, 12345]], "compressed by an uncommon method (12345)"],
    [[[258, 3, 12, 12, 12]], "with 12 bits per channel"],
    [
      [
        [258, 3, 32, 32, 32],
        [339, 3, 3, 3, 3],
      ],
      "of floating-point numbers",
    ],
    [
      [
        [284, 3, 2],
        [322, 3, 16],
        [323, 3, 16],
      ],
      "with tiles for each channel",
    ],
    [
      [
        [254, 4, 1],
        [330, 4, 8],
      ],
      "with its picture behind a small copy of it",
    ],
  ] as [Entry[], string][])("TIFF with %j: %s", async (entries, kind) => {
    const said = await refusal(fileOf(tiffOf([1, 2, 3], entries)));
    expect(said).toContain(`IT is a TIFF file of an uncommon kind, ${kind}. `);
  });

  test.each([
    [0xc1, 12, "with 12 bits per channel"],
    [0xc3, 8, "lossless"],
    [0xc5, 8, "hierarchical"],
    [0xf7, 8, "JPEG-LS"],
  ])("JPEG with frame %i of %i bits: %s", async (marker, bits, kind) => {
    const jpeg = await flat(9, 9, 9).jpeg().toBuffer();
    const at = jpeg.findIndex((byte, i) => byte === 0xff && [0xc0, 0xc2].includes(jpeg[i + 1]!));
    jpeg[at + 1] = marker;
    jpeg[at + 4] = bits;
    const said = await refusal(fileOf(jpeg));
    expect(said).toContain(`IT is a JPEG of an uncommon kind, ${kind}. `);
    expect(said).toMatch(magick);
  });

  it("animated AVIF", async () => {
    const avif = await flat(9, 9, 9).avif().toBuffer();
    avif.write("avis", 8, "latin1");
    expect(await refusal(fileOf(avif))).toBe(
      "IT is an AVIF of an uncommon kind, animated. Save one frame of it as PNG, for instance by ffmpeg: ffmpeg -i OLD -frames:v 1 NEW.png.",
    );
  });

  it("an AVIF whose sides no frame can have is damaged, before the decoder sees it", async () => {
    const bytes = await flat(1, 2, 3).avif().toBuffer();
    bytes.writeUInt32BE(0x7f000018, bytes.indexOf("ispe") + 8);
    await expect(readImage(fileOf(bytes))).rejects.toThrow("is damaged or cut off");
  });

  it("but AVIF of a common brand is read", async () => {
    const avif = await flat(200, 120, 90).avif({ lossless: true }).toBuffer();
    expect(avif.subarray(16, 32).toString("latin1")).toContain("mif1");
    avif.write("mif1", 8, "latin1");
    expect((await firstColour(avif)).map(Math.round)).toEqual([200, 120, 90]);
  });
});

describe("extra channels of TIFF", () => {
  const colour = [200, 100, 50];
  test.each([
    { kind: "anything", pixel: [...colour, 64], extra: [0], alpha: undefined },
    { kind: "opacity", pixel: [...colour, 64], extra: [2], alpha: 64 },
    { kind: "anything, then opacity", pixel: [...colour, 9, 64], extra: [0, 2], alpha: 64 },
    { kind: "opacity, then anything", pixel: [...colour, 64, 9], extra: [2, 0], alpha: 64 },
    { kind: "anything, in grey", pixel: [77, 64], extra: [0], alpha: undefined },
    { kind: "opacity, in grey", pixel: [77, 64], extra: [2], alpha: 64 },
  ])("are taken for what they are: $kind", async ({ pixel, extra, alpha }) => {
    const raster = await readImage(fileOf(tiffOf(pixel, [[338, 3, ...extra]])));
    const found = [0, 1, 2].map((c) => Math.round(raster.data[c * 256]! * 255));
    expect(found).toEqual(pixel.length < 3 ? [77, 77, 77] : colour);
    if (alpha === undefined) expect(raster).not.toHaveProperty("alpha");
    else expect(raster.alpha!.every((value) => Math.round(value * 255) === alpha)).toBe(true);
  });

  it("16 bits, with the profile of the file", async () => {
    const samples = { ...draw(9, 7, 4, 16), channels: 4 as const, white: 65_535 };
    const tagged = encodeTaggedTiff(samples, Buffer.alloc(0));
    const raster = await readImage(fileOf(tagged));
    tagged.writeUInt16LE(0, tagged.indexOf(Buffer.from([0x52, 0x01, 4, 0])) + 8);
    const without = await readImage(fileOf(tagged));
    expect(without).toEqual({ width: 9, height: 7, data: raster.data });
  });
});

describe("colour codes", () => {
  /** Linear colours of a space to linear sRGB: CSS Color Module Level 4, section 17, rounded to 7 digits. */
  const toSrgb: Readonly<Record<number, readonly (readonly number[])[]>> = {
    12: [
      [1.2249402, -0.2249402, 0],
      [-0.0420569, 1.0420569, 0],
      [-0.0196376, -0.0786361, 1.0982735],
    ],
    9: [
      [1.660491, -0.5876411, -0.0728499],
      [-0.1245505, 1.1328999, -0.0083494],
      [-0.0181508, -0.1005789, 1.1187297],
    ],
  };
  const linear = (value: number): number =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const encoded = (light: number): number =>
    light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
  const drawn = [180, 140, 110];
  const converted = (primaries: number): number[] =>
    toSrgb[primaries]!.map((row) => {
      const light = row.reduce((sum, factor, i) => sum + factor * linear(drawn[i]! / 255), 0);
      return 255 * encoded(light);
    });

  async function avifWith(primaries: number, transfer: number): Promise<Buffer> {
    const [r, g, b] = drawn as [number, number, number];
    const avif = await flat(r, g, b).avif({ lossless: true }).toBuffer();
    const at = avif.indexOf("nclx");
    avif.writeUInt16BE(primaries, at + 4);
    avif.writeUInt16BE(transfer, at + 6);
    return avif;
  }

  async function pngWith(primaries: number, transfer: number): Promise<Buffer> {
    const [r, g, b] = drawn as [number, number, number];
    const png = await flat(r, g, b).png().toBuffer();
    const body = Buffer.from([...Buffer.from("cICP"), primaries, transfer, 0, 1]);
    const chunk = Buffer.alloc(16);
    chunk.writeUInt32BE(4, 0);
    body.copy(chunk, 4);
    chunk.writeUInt32BE(crc32(body), 12);
    return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
  }

  describe.each([
    ["AVIF", avifWith],
    ["PNG", pngWith],
  ] as const)("of %s", (_, file) => {
    test.each([
      ["Display P3", 12, 13],
      ["Rec. 2020", 9, 14],
      ["Rec. 2020, 12 bits", 9, 15],
    ])("are converted: %s", async (_, primaries, transfer) => {
      const found = await firstColour(await file(primaries, transfer));
      found.forEach((value, i) => expect(value).toBeCloseTo(converted(primaries)[i]!, 1));
    });

    test.each([
      ["sRGB", 1, 13],
      ["Rec. 709", 1, 1],
      ["unspecified", 2, 2],
    ])("that mean sRGB leave pixels as they are: %s", async (_, primaries, transfer) => {
      const found = await firstColour(await file(primaries, transfer));
      expect(found.map((value) => value.toFixed(4))).toEqual(
        drawn.map((value) => value.toFixed(4)),
      );
    });

    test("of linear light and of a gamma", async () => {
      const light = await firstColour(await file(1, 8));
      light.forEach((value, i) => expect(value).toBeCloseTo(255 * encoded(drawn[i]! / 255), 1));
      const gamma = await firstColour(await file(1, 4));
      gamma.forEach((value, i) =>
        expect(value).toBeCloseTo(255 * encoded((drawn[i]! / 255) ** 2.2), 1),
      );
    });

    test.each([
      [9, 16, "an HDR picture (PQ)"],
      [9, 18, "an HDR picture (HLG)"],
    ])("%i, %i are refused: %s", async (primaries, transfer, what) => {
      expect(await refusal(fileOf(await file(primaries, transfer)))).toBe(
        `IT is ${what}. Export it as an SDR picture, as JPEG or PNG in sRGB.`,
      );
    });

    test("that are unknown are refused", async () => {
      expect(await refusal(fileOf(await file(22, 13)))).toContain(
        "IT is a picture with colours of an uncommon kind (primaries 22, transfer 13). ",
      );
    });
  });

  test("of AVIF give way to a profile", async () => {
    const [r, g, b] = drawn as [number, number, number];
    const avif = await flat(r, g, b).withIccProfile("srgb").avif({ lossless: true }).toBuffer();
    const at = avif.indexOf("nclx");
    if (at > 0) avif.writeUInt16BE(16, at + 6);
    expect((await firstColour(avif)).map(Math.round)).toEqual(drawn);
  });
});

describe("frames and pages after the first", () => {
  async function warningsOf(path: string): Promise<string[]> {
    const warnings: string[] = [];
    await readImage(path, { onWarning: (message) => warnings.push(message.replace(path, "IT")) });
    return warnings;
  }

  async function frames(count: number): Promise<Sharp> {
    const single = Array.from({ length: count }, (_, i) =>
      flat(60 * i, 9, 9)
        .png()
        .toBuffer(),
    );
    return sharp(await Promise.all(single), { join: { animated: true } });
  }

  it("are counted in GIF and WebP", async () => {
    const said = ["IT has 3 frames: the first is painted."];
    expect(await warningsOf(fileOf(await (await frames(3)).gif().toBuffer()))).toEqual(said);
    expect(await warningsOf(fileOf(await (await frames(3)).webp().toBuffer()))).toEqual(said);
  });

  it("are counted in TIFF, but for thumbnails", async () => {
    const page = tiffOf([1, 2, 3]);
    /** Pages one after the other, the later ones with entry 254 of this value. */
    const withPage = (kind: number): Buffer => {
      const second = tiffOf([1, 2, 3], [[254, 4, kind]]);
      const [from, count] = [page.length + (page.length % 2), second.readUInt16LE(8)];
      const both = Buffer.concat([page, Buffer.alloc(page.length % 2), second]);
      both.writeUInt32LE(from + 8, 8 + 2 + 12 * page.readUInt16LE(8));
      for (let i = 0; i < count; i++) {
        const at = from + 10 + 12 * i;
        const isElsewhere = [258, 273].includes(both.readUInt16LE(at));
        if (isElsewhere) both.writeUInt32LE(both.readUInt32LE(at + 8) + from, at + 8);
      }
      return both;
    };
    expect(await warningsOf(fileOf(withPage(2)))).toEqual([
      "IT has 2 pages: the first is painted.",
    ]);
    expect(await warningsOf(fileOf(withPage(1)))).toEqual([]);
  });

  it("are counted in PNG", async () => {
    const png = await flat(1, 2, 3).png().toBuffer();
    const body = Buffer.concat([Buffer.from("acTL"), Buffer.from([0, 0, 0, 5, 0, 0, 0, 0])]);
    const length = Buffer.from([0, 0, 0, 8]);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    const animated = Buffer.concat([png.subarray(0, 33), length, body, check, png.subarray(33)]);
    expect(await warningsOf(fileOf(animated))).toEqual(["IT has 5 frames: the first is painted."]);
  });

  it("are none in the usual files", async () => {
    const photo = toSharp(draw(20, 15, 3));
    for (const format of ["jpeg", "png", "webp", "tiff", "avif", "gif"] as const)
      expect(await warningsOf(fileOf(await photo.clone().toFormat(format).toBuffer()))).toEqual([]);
  });
});

describe("more than 100 megapixels", () => {
  /** 12000 × 9000 px, dark on the left and light on the right. */
  const large = sharp({
    create: { width: 6000, height: 9000, channels: 3, background: { r: 40, g: 40, b: 40 } },
  })
    .extend({ right: 6000, background: { r: 200, g: 200, b: 200 } })
    .toColourspace("b-w");

  it("are decoded at a reduced size where less is needed, and else by memory", async () => {
    const path = fileOf(await large.jpeg({ quality: 50 }).toBuffer(), "large.jpg");
    const { width, height, data } = await readImage(path, { size: 96, memory: 1e8 });
    expect([width, height]).toEqual([192, 144]);
    expect([data[10]! * 255, data[180]! * 255].map(Math.round)).toEqual([40, 200]);
    await expect(readImage(path, { memory: 1e9 })).rejects.toThrow(
      `${path} is too large: 12000 × 9000 px, 108 megapixels, take 2.6 GB of memory; expected at most the 1.0 GB that may be used. Choose a smaller --size, or allow more by --memory.`,
    );
  }, 30_000);
});

test("damaged headers of our own parsers never throw anything else", async () => {
  const seeds = [
    tiffOf([1, 2, 3, 4], [[338, 3, 2]]),
    await flat(1, 2, 3).avif().toBuffer(),
    await flat(1, 2, 3).png().toBuffer(),
    await flat(1, 2, 3).jpeg().toBuffer(),
  ];
  for (const seed of seeds)
    for (let i = 0; i < 60; i++) {
      const bytes = Buffer.from(seed);
      for (let k = 0; k < 4; k++)
        bytes[(i * 7919 + k * 104_729) % Math.min(300, bytes.length)] = (i * 41 + k * 97) % 256;
      await readImage(fileOf(bytes)).catch((error: unknown) => {
        expect(error).toBeInstanceOf(MediaError);
      });
    }
});
