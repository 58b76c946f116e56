import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { OptionError, type Raster } from "@deepstyle/core";
import sharp from "sharp";
import { beforeEach, describe, expect, it, test } from "vitest";
import { FileError, MediaError } from "../../src/errors.ts";
import { checkImageWritable, readImage, writeImage } from "../../src/media/imageFile.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { draw, plane } from "./pictures.ts";

const root = temporaryFolder();
let folder: string;
let number = 0;

beforeEach(() => {
  folder = join(root, String(number++));
  mkdirSync(folder);
});

const NAMES = ["a.jpg", "a.jpeg", "a.png", "a.webp", "a.tif", "a.tiff", "a.avif"];

/** A raster whose values are exactly those of a file with so many bits. */
function drawRaster(width: number, height: number, bits: 8 | 16, hasAlpha: boolean): Raster {
  const picture = draw(width, height, 4, bits);
  const data = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++) data.set(plane(picture, c), c * width * height);
  return { width, height, data, ...(hasAlpha && { alpha: plane(picture, 3) }) };
}

function uniform(values: readonly number[], alpha?: number): Raster {
  const [width, height] = [16, 16];
  const data = Float32Array.from({ length: 3 * 256 }, (_, i) => values[Math.floor(i / 256)]!);
  return {
    width,
    height,
    data,
    ...(alpha !== undefined && { alpha: new Float32Array(256).fill(alpha) }),
  };
}

/** What another reader finds in a file: the stored numbers, its profile set aside. */
async function storedNumbers(path: string, bits: 8 | 16): Promise<number[]> {
  const image = sharp(path, { ignoreIcc: true });
  if (bits === 8) return [...(await image.raw().toBuffer())];
  const raw = await image.toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
  return [...new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2)];
}

async function errorOf(work: Promise<unknown>): Promise<Error> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("expected an error");
  expect(error.message).not.toContain("\n");
  return error;
}

describe("writeImage", () => {
  const exact = ["a.png", "a.tif"].flatMap((name) =>
    ([8, 16] as const).flatMap((bitDepth) =>
      [false, true].map((hasAlpha) => ({ name, bitDepth, hasAlpha })),
    ),
  );
  test.each(exact)(
    "keeps every bit: $name, $bitDepth bits, alpha $hasAlpha",
    async ({ name, bitDepth, hasAlpha }) => {
      const raster = drawRaster(37, 23, bitDepth, hasAlpha);
      const path = join(folder, name);
      await writeImage(path, raster, { bitDepth });
      expect(await readImage(path)).toEqual(raster);
      const { values } = draw(37, 23, 4, bitDepth);
      const stored = hasAlpha ? values : values.filter((_, i) => i % 4 !== 3);
      expect(await storedNumbers(path, bitDepth)).toEqual([...stored]);
      expect((await sharp(path).metadata()).bitsPerSample).toBe(bitDepth);
    },
  );

  // Flat colours survive quality 95 but for the rounding of YCbCr.
  const YCBCR_ROUNDING = 2 / 255;
  test.each(NAMES)("keeps a flat colour, and says that it is sRGB: %s", async (name) => {
    const path = join(folder, name);
    const colour = [0.8, 0.4, 0.2];
    await writeImage(path, uniform(colour));
    const { data, alpha } = await readImage(path);
    expect(alpha).toBeUndefined();
    colour.forEach((value, c) => {
      expect(Math.abs(data[c * 256 + 100]! - value)).toBeLessThanOrEqual(YCBCR_ROUNDING);
    });
    const { icc } = await sharp(path).metadata();
    // The profile's description is UTF-16, big-endian.
    expect(icc?.toString("latin1").replaceAll("\0", "")).toContain("sRGB");
  });

  test.each(["a.png", "a.webp", "a.tif", "a.avif"])("keeps transparency: %s", async (name) => {
    const path = join(folder, name);
    await writeImage(path, uniform([0.8, 0.4, 0.2], 0.4));
    const { alpha } = await readImage(path);
    expect(alpha![0]).toBeCloseTo(0.4, 6);
  });

  it("lays a transparent picture on white for JPEG", async () => {
    const path = join(folder, "a.jpg");
    await writeImage(path, uniform([0.8, 0.4, 0], 0.25));
    const { data, alpha } = await readImage(path);
    expect(alpha).toBeUndefined();
    // value · 0.25 + 0.75
    [0.95, 0.85, 0.75].forEach((value, c) => {
      expect(Math.abs(data[c * 256]! - value)).toBeLessThanOrEqual(YCBCR_ROUNDING);
    });
  });

  it("clamps to [0, 1] and rounds to the nearest step", async () => {
    const path = join(folder, "a.png");
    const data = Float32Array.of(-0.5, 1.7, 9.4 / 255, 9.6 / 255, 0.2 / 255, 254.7 / 255);
    await writeImage(path, { width: 2, height: 1, data });
    // Channels lie side by side: red, green, blue of the left pixel, then of the right.
    expect(await storedNumbers(path, 8)).toEqual([0, 9, 0, 255, 10, 255]);
  });

  it("keeps full colour resolution in JPEG, 4:4:4", async () => {
    const path = join(folder, "a.jpg");
    await writeImage(path, uniform([0.8, 0.4, 0.2]));
    expect((await sharp(path).metadata()).chromaSubsampling).toBe("4:4:4");
  });

  it("makes smaller files at lower quality", async () => {
    const raster = drawRaster(64, 64, 8, false);
    const sizes = [];
    for (const quality of [30, 95]) {
      await writeImage(join(folder, "a.jpg"), raster, { quality });
      sizes.push(readFileSync(join(folder, "a.jpg")).length);
    }
    expect(sizes[0]).toBeLessThan(sizes[1]!);
  });

  test.each(NAMES)(
    "writes no EXIF, XMP or rotation, and the same bytes again: %s",
    async (name) => {
      const path = join(folder, name);
      const raster = drawRaster(40, 20, 8, true);
      await writeImage(path, raster);
      const once = readFileSync(path);
      const { width, orientation, exif, xmp } = await sharp(path).metadata();
      expect(width).toBe(40);
      expect(orientation ?? 1).toBe(1); // TIFF says "upright" in so many words
      expect([exif, xmp]).toEqual([undefined, undefined]);
      await writeImage(path, raster);
      expect(readFileSync(path).equals(once)).toBe(true);
    },
  );

  test.each(NAMES)("writes 1 × 1 px: %s", async (name) => {
    const path = join(folder, name);
    await writeImage(path, { width: 1, height: 1, data: Float32Array.of(0.5, 0.5, 0.5) });
    const { width, height, data } = await readImage(path);
    expect([width, height]).toEqual([1, 1]);
    expect(Math.abs(data[0]! - 0.5)).toBeLessThanOrEqual(YCBCR_ROUNDING);
  });

  it("takes the extension in capitals too", async () => {
    await writeImage(join(folder, "A.PNG"), uniform([0, 0, 0]));
    expect((await sharp(join(folder, "A.PNG")).metadata()).format).toBe("png");
  });
});

describe("writeImage refuses, and leaves the older file as it is", () => {
  const good = uniform([0.1, 0.2, 0.3]);

  test.each([
    { what: "NaN", value: NaN, place: 256 + 16 * 3 + 5, says: "NaN for green at x = 5, y = 3" },
    { what: "infinity", value: Infinity, place: 0, says: "Infinity for red at x = 0, y = 0" },
  ])("$what", async ({ value, place, says }) => {
    const path = join(folder, "a.png");
    writeFileSync(path, "old");
    const data = good.data.slice();
    data[place] = value;
    const error = await errorOf(writeImage(path, { ...good, data }));
    expect(error).toBeInstanceOf(MediaError);
    expect(error.message).toBe(
      `${path} is not written: expected finite numbers, got ${says}. The computation has diverged; try smaller steps.`,
    );
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it("NaN in alpha", async () => {
    const alpha = new Float32Array(256).fill(NaN);
    const error = await errorOf(writeImage(join(folder, "a.png"), { ...good, alpha }));
    expect(error.message).toContain("got NaN for alpha at x = 0, y = 0");
  });

  it("data that do not fit width and height", async () => {
    const path = join(folder, "a.png");
    const error = await errorOf(writeImage(path, { ...good, width: 17 }));
    expect(error.message).toBe(
      `${path} is not written: expected 3 × 16 × 17 values, at least one pixel, and 16 × 17 of alpha if any, got 768. Make width and height fit the data.`,
    );
    expect(existsSync(path)).toBe(false);
  });

  it("a picture without pixels", async () => {
    const nothing = { width: 0, height: 4, data: new Float32Array(0) };
    const error = await errorOf(writeImage(join(folder, "a.png"), nothing));
    expect(error).toMatchObject({ code: "ERR_MEDIA_PIXELS" });
  });

  it("an extension it does not know, naming those it does", async () => {
    for (const [name, got] of [
      ["a.gif", '".gif"'],
      ["a", "no extension"],
    ] as const) {
      const path = join(folder, name);
      const error = await errorOf(writeImage(path, good));
      expect(error).toMatchObject({ code: "ERR_MEDIA_UNSUPPORTED", path });
      expect(error.message).toBe(
        `${path} cannot be written: expected a name that ends in .jpg, .jpeg, .jpe, .jfif, .png, .webp, .tif, .tiff or .avif, got ${got}. Rename it.`,
      );
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("16 bits in a format of 8", async () => {
    const path = join(folder, "a.jpg");
    const error = await errorOf(writeImage(path, good, { bitDepth: 16 }));
    expect(error.message).toBe(
      `${path} cannot hold 16 bits per channel: expected 8 for JPEG. Write .png or .tif for 16.`,
    );
  });

  it("a quality outside 1 to 100", async () => {
    for (const quality of [0, 101, 50.5, NaN]) {
      const error = await errorOf(writeImage(join(folder, "a.jpg"), good, { quality }));
      expect(error).toBeInstanceOf(OptionError);
      expect(error.message).toContain("from 1 to 100");
    }
  });

  it("a side that the format cannot hold", async () => {
    const path = join(folder, "a.webp");
    const wide = { width: 16_384, height: 1, data: new Float32Array(3 * 16_384) };
    const error = await errorOf(writeImage(path, wide));
    expect(error.message).toBe(
      `${path} cannot hold 16384 × 1 px: expected at most 16383 px a side for WebP. Write .png or .tif instead.`,
    );
    await writeImage(join(folder, "a.png"), wide);
  });

  it("a folder that is not there", async () => {
    const error = await errorOf(writeImage(join(folder, "absent", "a.png"), good));
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code: "ERR_FILE_NO_FOLDER" });
  });
});

describe("checkImageWritable", () => {
  it("finds a wrong name, a wrong bit depth or a missing folder without writing", async () => {
    await expect(checkImageWritable(join(folder, "a.bmp"))).rejects.toThrow(MediaError);
    await expect(checkImageWritable(join(folder, "a.jpg"), { bitDepth: 16 })).rejects.toThrow(
      MediaError,
    );
    await expect(checkImageWritable(join(folder, "absent", "a.png"))).rejects.toThrow(FileError);
    await checkImageWritable(join(folder, "a.png"), { bitDepth: 16 });
    expect(readdirSync(folder)).toEqual([]);
  });
});
