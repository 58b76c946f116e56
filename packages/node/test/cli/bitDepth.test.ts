import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readRecord } from "../../src/record/record.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, type Outcome } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const read = (name: string): Buffer => readFileSync(inFolder(name));

/** Ways to make a picture: flags that come after photo and output. */
const ways = {
  "an optimiser": ["stylize", "--style", inFolder("waves.jpg"), "--encoder", "lite"],
  "a network": ["stylize", "--style", "glass"],
  "a dream": ["dream", "--layers", "relu3_1", "--encoder", "lite", "--octaves", "1"],
} as const;

/** Options that make a run short. */
const short: Readonly<Record<string, readonly string[]>> = {
  "an optimiser": ["--size", "32", "--scales", "1", "--iterations", "2"],
  "a network": ["--size", "48"],
  "a dream": ["--size", "48", "--iterations", "1"],
};

async function make(
  way: keyof typeof ways,
  output: string,
  ...flags: readonly string[]
): Promise<Outcome> {
  const [command, ...rest] = ways[way];
  const places = [inFolder("cat.png"), "-o", inFolder(output)];
  const how = [...short[way]!, "--device", "cpu", "--quiet"];
  return await deepstyle(command, ...places, ...rest, ...how, ...flags);
}

/** What another reader finds in a file: its depth, and its numbers with the channels side by side. */
async function stored(name: string): Promise<{ depth: string; values: number[] }> {
  const { depth } = await sharp(inFolder(name)).metadata();
  const image = sharp(inFolder(name), { ignoreIcc: true });
  if (depth === "uchar") return { depth, values: [...(await image.raw().toBuffer())] };
  const raw = await image.toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
  return { depth, values: [...new Uint16Array(raw.buffer, raw.byteOffset, raw.length / 2)] };
}

beforeAll(async () => {
  writeNetworks(inFolder("networks"));
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.jpg", 2);
  mkdirSync(inFolder("photos"));
  await drawPicture(folder, "photos/a.jpg", 3);
  await drawPicture(folder, "photos/b.tif", 4);
});

beforeEach(() => {
  vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("networks"));
});

describe.each(Object.keys(ways) as (keyof typeof ways)[])("by %s", (way) => {
  test.each(["out.tif", "out.png"])("16 bits are the same picture, finer: %s", async (name) => {
    const { status, err } = await make(way, name, "--bit-depth", "16");
    expect({ status, err }).toEqual({ status: 0, err: "" });
    const fine = await stored(name);
    expect(fine.depth).toBe("ushort");
    expect(new Set(fine.values).size).toBeGreaterThan(256);
    await make(way, `coarse-${name}`, "--bit-depth", "8");
    const coarse = await stored(`coarse-${name}`);
    expect(coarse.depth).toBe("uchar");
    const off = fine.values.map((value, i) => Math.abs(value / 257 - coarse.values[i]!));
    // Half a step of 8 bits, and half of one of 16.
    expect(Math.max(...off)).toBeLessThanOrEqual(0.5 + 0.5 / 257);
  });

  test("a record keeps them, and rerun makes the same bytes again", async () => {
    const record = ["--record", inFolder("record.json")];
    const { status, err } = await make(way, "kept.tif", "--bit-depth", "16", ...record);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(await readRecord(inFolder("record.json"))).toMatchObject({ output: { bitDepth: 16 } });
    const before = read("kept.tif");
    rmSync(inFolder("kept.tif"));
    const again = await deepstyle("rerun", inFolder("record.json"));
    expect(again.status, again.err).toBe(0);
    expect(read("kept.tif")).toEqual(before);
    const other = await deepstyle("rerun", inFolder("record.json"), "-o", inFolder("kept.jpg"));
    expect(other).toMatchObject({ status: 1, out: "" });
    expect(other.err).toContain("kept.jpg cannot hold 16 bits per channel: expected 8 for JPEG.");
  });

  test("a record that does not speak of them means 8", async () => {
    const record = ["--record", inFolder("older.json")];
    expect(await make(way, "older.png", ...record)).toMatchObject({ status: 0, err: "" });
    const before = read("older.png");
    const text = read("older.json").toString();
    const older = text.replace(/,\s*"bitDepth": 8/, "");
    expect(older).not.toBe(text);
    writeFileSync(inFolder("older.json"), older);
    rmSync(inFolder("older.png"));
    const again = await deepstyle("rerun", inFolder("older.json"));
    expect(again.status, again.err).toBe(0);
    expect(read("older.png")).toEqual(before);
  });

  test.each([
    ["jpg", "JPEG"],
    ["webp", "WebP"],
    ["avif", "AVIF"],
  ])("refused in one line before any work: .%s", async (extension, format) => {
    const output = `refused.${extension}`;
    // Work that had begun would take minutes.
    const long = way === "a network" ? [] : ["--iterations", "10000"];
    const { status, out, err } = await make(way, output, "--bit-depth", "16", ...long);
    expect({ status, out, err }).toEqual({
      status: 1,
      out: "",
      err: `deepstyle: ${inFolder(output)} cannot hold 16 bits per channel: expected 8 for ${format}. Write .png or .tif for 16.\n`,
    });
    expect(existsSync(inFolder(output))).toBe(false);
  });

  test("there are 8 and 16 bits alone", async () => {
    expect(await make(way, "no.png", "--bit-depth", "12")).toEqual({
      status: 2,
      out: "",
      err: 'deepstyle: --bit-depth must be 8 or 16; got "12".\n',
    });
  });
});

test("in a folder, what cannot hold 16 bits becomes PNG", async () => {
  const [command, ...rest] = ways["a network"];
  const places = [inFolder("photos"), "-o", inFolder("painted")];
  const how = ["--bit-depth", "16", "--device", "cpu"];
  const { status, err } = await deepstyle(command, ...places, ...rest, ...how);
  expect(status, err).toBe(0);
  expect(readdirSync(inFolder("painted")).sort()).toEqual(["a.png", "b.tif"]);
  for (const name of ["painted/a.png", "painted/b.tif"])
    expect((await stored(name)).depth).toBe("ushort");
});

test("a strip and its pictures have 16 bits, and so have snapshots", async () => {
  const strip = ["--style", "waves", "--interpolate", "2", "--bit-depth", "16"];
  expect(await make("a network", "strip.png", ...strip)).toMatchObject({ status: 0, err: "" });
  const snapshots = ["--snapshots", "1", "--bit-depth", "16"];
  expect(await make("an optimiser", "snap.tif", ...snapshots)).toMatchObject({ status: 0 });
  for (const name of ["strip.png", "strip-1.png", "strip-2.png", "snap.tif", "snap-1.tif"])
    expect((await stored(name)).depth, name).toBe("ushort");
});

test("transparency has 16 bits, too; at strength 0 the photo's own bits come back", async () => {
  const [width, height] = [64, 48];
  const rgba = new Uint16Array(4 * width * height);
  for (let i = 0; i < width * height; i++)
    rgba.set([40_000, 20_000, 30_000 + i, 257 + 17 * i], 4 * i);
  await sharp(rgba, { raw: { width, height, channels: 4 } })
    .toColourspace("rgb16")
    .png()
    .toFile(inFolder("clear.png"));
  const places = [inFolder("clear.png"), "--style", "glass", "-o", inFolder("clear.tif")];
  const how = ["--strength", "0", "--bit-depth", "16", "--device", "cpu", "--quiet"];
  const { status, err } = await deepstyle("stylize", ...places, ...how);
  expect(status, err).toBe(0);
  expect(await stored("clear.tif")).toEqual({ depth: "ushort", values: [...rgba] });
});
