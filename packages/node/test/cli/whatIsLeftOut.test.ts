// What a command does not do with its pictures, and what it says of that.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readImage } from "../../src/media/imageFile.ts";
import { loadPicture } from "../../src/media/source.ts";
import { flat } from "../media/pictures.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { sharedPath } from "../shared.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, type Outcome } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const networks = inFolder("networks");

beforeAll(async () => {
  writeNetworks(networks);
  await drawPicture(folder, "cat.jpg", 1, { width: 48, height: 36 });
  await drawPicture(folder, "waves.jpg", 2, { width: 48, height: 36 });
  const frames = await Promise.all([0, 80, 160].map((red) => flat(red, 9, 9).png().toBuffer()));
  await sharp(frames, { join: { animated: true } }).toFile(inFolder("an.gif"));
});

beforeEach(() => {
  vi.stubEnv("DEEPSTYLE_NETWORKS", networks);
});

async function stylize(...flags: readonly string[]): Promise<Outcome> {
  return await deepstyle("stylize", ...flags, "--device", "cpu");
}

const linesOf = ({ out }: Outcome): unknown[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);

const few = ["--encoder", "lite", "--size", "32", "--iterations", "2"];

describe("frames after the first are said to be left out", () => {
  const said = `${inFolder("an.gif")} has 3 frames: the first is painted.`;

  test("by a network", async () => {
    const flags = [inFolder("an.gif"), "--style", "waves", "-o", inFolder("an.png")];
    const outcome = await stylize(...flags);
    expect(outcome).toMatchObject({ status: 0, out: `${inFolder("an.png")}\n` });
    expect(outcome.err).toContain(`Warning: ${said}\n`);
    expect(linesOf(await stylize(...flags, "--json"))).toMatchObject([{ warnings: [said] }]);
  });

  test("by an optimisation, of photo and painting", async () => {
    const [gif, cat, output] = ["an.gif", "cat.jpg", "an-2.png"].map(inFolder) as [
      string,
      string,
      string,
    ];
    for (const [content, style] of [
      [gif, cat],
      [cat, gif],
    ] as const) {
      const flags = [content, "--style", style, ...few, "-o", output, "--json"];
      expect(linesOf(await stylize(...flags))).toMatchObject([{ warnings: [said] }]);
    }
    const usual = await stylize(cat, "--style", cat, ...few, "-o", output, "--json");
    expect(linesOf(usual)[0]).not.toHaveProperty("warnings");
  });
});

test("files of a folder that are not taken are counted, also in JSON and without progress", async () => {
  const photos = inFolder("photos");
  mkdirSync(photos);
  const jpeg = await sharp(inFolder("cat.jpg")).jpeg().toBuffer();
  for (const name of ["a.jpg", "b.bmp", "c.HEIC", "d.jfif"])
    writeFileSync(join(photos, name), jpeg);
  const flags = [photos, "--style", "waves", "-o", inFolder("painted"), "--quiet"];
  const outcome = await stylize(...flags);
  expect(outcome).toMatchObject({
    status: 0,
    err: `Warning: ${photos} has files that are left out, 1 .bmp, 1 .heic: only those that end in .jpg, .jpeg, .jpe, .jfif, .png, .webp, .tif, .tiff, .avif, .gif are taken.\n`,
  });
  expect(readdirSync(inFolder("painted"))).toEqual(["a.jpg", "d.jfif"]);
  const [first, ...pictures] = linesOf(await stylize(...flags, "--json"));
  expect(first).toEqual({ content: photos, leftOut: { ".bmp": 1, ".heic": 1 } });
  expect(pictures).toHaveLength(2);
});

test("a picture of 108 megapixels is painted where a small one is wanted", async () => {
  const large = inFolder("large.jpg");
  await sharp({ create: { width: 12_000, height: 9000, channels: 3, background: "grey" } })
    .toColourspace("b-w")
    .jpeg()
    .toFile(large);
  const output = inFolder("large.png");
  const { status } = await stylize(large, "--style", "waves", "--size", "96", "-o", output);
  expect(status).toBe(0);
  expect(await readImage(output)).toMatchObject({ width: 96, height: 72 });
}, 30_000);

describe.skipIf(sharedPath("cases") === undefined)(
  "what is behind transparency does not show",
  () => {
    const caseOf = (name: string): string => sharedPath("cases", name)!;

    test("three cut-outs that look alike give one picture", async () => {
      vi.stubEnv("DEEPSTYLE_NETWORKS", undefined);
      const made = [];
      for (const hidden of ["kept", "black", "white"]) {
        const output = inFolder(`cut-${hidden}.png`);
        const flags = ["--style", "great-wave", "--size", "160", "-o", output];
        expect((await stylize(caseOf(`cut-${hidden}.png`), ...flags)).status).toBe(0);
        made.push(await readImage(output));
      }
      expect(made[1]).toEqual(made[0]);
      expect(made[2]).toEqual(made[0]);
    });

    test("an edge is resized in its own colour", async () => {
      const output = inFolder("halo.png");
      const flags = ["--style", "waves", "--strength", "0", "--size", "64", "-o", output];
      expect((await stylize(caseOf("halo.png"), ...flags)).status).toBe(0);
      const { data, alpha, width, height } = await readImage(output);
      const pixels = width * height;
      let partly = 0;
      for (let i = 0; i < pixels; i++) {
        if (alpha![i] === 0) continue;
        if (alpha![i]! < 1) partly++;
        expect([data[i], data[i + pixels], data[i + 2 * pixels]]).toEqual([1, 0, 0]);
      }
      expect(partly).toBeGreaterThan(10);
    });
  },
);

test("the hash of a picture in memory tells masks and sizes apart", async () => {
  const data = new Float32Array(12).fill(0.5);
  const mask = (first: number): Float32Array => Float32Array.of(first, 1, 1, 1);
  const pictures = [
    { width: 2, height: 2, data },
    { width: 4, height: 1, data },
    { width: 2, height: 2, data, alpha: mask(1) },
    { width: 2, height: 2, data, alpha: mask(0) },
  ];
  const hashes = await Promise.all(
    pictures.map(async (picture) => (await loadPicture(picture, "the photo")).source.sha256),
  );
  expect(new Set(hashes).size).toBe(4);
  expect((await loadPicture({ ...pictures[3]!, alpha: mask(0) }, "the photo")).source.sha256).toBe(
    hashes[3],
  );
});
