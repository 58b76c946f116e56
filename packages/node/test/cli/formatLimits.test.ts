import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { encodeImage, expectHolds } from "../../src/media/imageFile.ts";
import { WRITABLE_FORMATS } from "../../src/media/imageFormats.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);

beforeAll(async () => {
  writeNetworks(inFolder("networks"));
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.png", 2);
  await drawPicture(folder, "wide.png", 3, { width: 16_385, height: 16 });
  // On its side, as phones write it: 16 px wide, 65501 px high when it is upright.
  const tall = { width: 65_501, height: 16, channels: 3, background: "red" } as const;
  await sharp({ create: tall })
    .withMetadata({ orientation: 6 })
    .png()
    .toFile(inFolder("turned.png"));
});

beforeEach(() => vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("networks")));

const grey = (width: number) => ({
  ...{ width, height: 1 },
  data: new Float32Array(3 * width).fill(0.5),
});

describe("what a format holds is what its encoder takes", () => {
  test.each(WRITABLE_FORMATS.filter(({ encoding }) => encoding.maxSide < 2 ** 31 - 1))(
    "$name",
    async ({ extensions: [extension], encoding }) => {
      const path = `out${extension}`;
      const bytes = await encodeImage(path, grey(encoding.maxSide));
      expect(await sharp(bytes, { limitInputPixels: false }).metadata()).toMatchObject({
        width: encoding.maxSide,
      });
      const beyond = { ...grey(1), width: encoding.maxSide + 1 };
      expect(() => expectHolds(path, beyond)).toThrow(/cannot hold .* px a side for/);
      const image = sharp({ create: { ...beyond, channels: 3, background: "red" } });
      await expect(encoding.encode(image, 95).toBuffer()).rejects.toThrow();
    },
  );

  test("and no more than fits in 4 GB before it is encoded", () => {
    const poster = { width: 40_000, height: 30_000 };
    expect(() => expectHolds("poster.png", poster)).toThrow(
      /^poster\.png cannot hold 40000 × 30000 px: expected at most 1073 megapixels\./,
    );
    expect(() => expectHolds("poster.png", { width: 30_000, height: 30_000 })).not.toThrow();
    expect(() =>
      expectHolds("poster.png", { width: 30_000, height: 30_000 }, { bitDepth: 16 }),
    ).toThrow(/megapixels/);
  });
});

const painting = ["--style", inFolder("waves.png"), "--encoder", "lite"];
const strip = ["--style", inFolder("waves.png"), "--style", inFolder("cat.png")];

test.each([
  ["stylize", "cat.png", ["--size", "16384", ...painting], "a.webp", "16384 × 12288"],
  ["stylize", "cat.png", ["--size", "656", ...strip, "--interpolate", "100"], "b.jpg", "65600 × "],
  ["stylize", "wide.png", ["--style", "waves"], "c.avif", "16385 × 16"],
  ["stylize", "turned.png", ["--style", "waves"], "d.jpg", "16 × 65501"],
  ["dream", "cat.png", ["--size", "16384", "--encoder", "lite"], "e.webp", "16384 × 12288"],
])("%s %s %j is refused before the work", async (command, photo, flags, name, size) => {
  const output = inFolder(name);
  writeFileSync(output, "older");
  const { status, out, err } = await deepstyle(command, inFolder(photo), ...flags, "-o", output);
  expect({ status, out }, err).toEqual({ status: 1, out: "" });
  expect(err).toMatch(/^deepstyle: .* cannot hold .*\. Write \.png or \.tif instead\.\n$/);
  expect(err).toContain(size);
  expect(readFileSync(output, "utf8")).toBe("older");
});

test("of several photos, only the one that is too large is refused", async () => {
  // Pictures take the photo's name; what it holds is told by its content.
  copyFileSync(inFolder("wide.png"), inFolder("wide.webp"));
  const photos = [inFolder("wide.webp"), inFolder("cat.png")];
  const places = ["--style", "waves", "-o", inFolder("painted")];
  const { status, err } = await deepstyle("stylize", ...photos, ...places, "--device", "cpu");
  expect(status).toBe(1);
  expect(err).toMatch(/wide\.webp cannot hold 16385 × 16 px/);
  expect(readdirSync(inFolder("painted"))).toEqual(["cat.png"]);
});

test("a record is not made again where its picture has no room", async () => {
  const paint = ["stylize", inFolder("wide.png"), "--style", "waves", "--device", "cpu"];
  const record = inFolder("wide.json");
  const made = await deepstyle(...paint, "-o", inFolder("w.png"), "--record", record, "--quiet");
  expect(made.status, made.err).toBe(0);
  const again = await deepstyle("rerun", record, "-o", inFolder("w.webp"));
  expect(again.status).toBe(1);
  expect(again.err).toMatch(/^deepstyle: .*w\.webp cannot hold 16385 × 16 px: .*\n$/);
  expect(existsSync(inFolder("w.webp"))).toBe(false);
});
