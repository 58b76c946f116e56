import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, type Outcome } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const read = (name: string): Buffer => readFileSync(inFolder(name));

// Paths in --region cannot have a colon, but a temporary folder has none here.
const region = (...parts: readonly string[]): string[] => [
  "--region",
  parts.map((part) => (/\.(?:png|jpg|onnx)/.test(part) ? inFolder(part) : part)).join(":"),
];

async function stylize(style: string, ...flags: readonly string[]): Promise<Outcome> {
  const small = ["--size", "64", "--encoder", "lite", "--scales", "1", "--iterations", "3"];
  const byNetwork = /^\w+$/.test(style);
  const places = [inFolder("cat.png"), "--style", byNetwork ? style : inFolder(style)];
  return await deepstyle(
    "stylize",
    ...[...places, ...(byNetwork ? [] : small), "--device", "cpu", ...flags],
  );
}

async function drawMask(name: string, weight: (x: number) => number, width = 64): Promise<void> {
  const pixels = Uint8Array.from({ length: width * 48 }, (_, i) => 255 * weight(i % width));
  await sharp(pixels, { raw: { width, height: 48, channels: 1 } }).toFile(inFolder(name));
}

beforeAll(async () => {
  writeNetworks(inFolder("networks"));
  vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("networks"));
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "waves.png", 2);
  await drawPicture(folder, "glass.png", 3);
  await drawMask("left.png", (x) => Number(x < 32));
  await drawMask("square.png", () => 1, 48);
  await drawMask("black.png", () => 0);
  writeFileSync(inFolder("text.png"), "no picture");
});

describe.each([
  ["optimised", "waves.png", region("left.png", "glass.png", "left.png")],
  ["of a network", "waves", region("left.png", "glass")],
])("regions, %s", (kind, style, flags) => {
  const name = kind.replaceAll(" ", "-");
  const output = inFolder(`${name}.png`);
  const record = inFolder(`${name}.json`);

  test("are painted, recorded, and made again byte for byte", async () => {
    const made = await stylize(style, ...flags, "-o", output, "--record", record);
    expect(made.status, made.err).toBe(0);
    const { regions } = JSON.parse(read(`${name}.json`).toString()) as { regions: unknown };
    expect(regions).toMatchObject(
      kind === "optimised"
        ? [
            {
              mask: { path: "left.png" },
              picture: { path: "glass.png" },
              styleMask: { path: "left.png" },
            },
          ]
        : [{ mask: { path: "left.png" }, style: "glass" }],
    );
    const copy = inFolder(`${name}-copy.png`);
    const again = await deepstyle("rerun", record, "-o", copy, "--quiet");
    expect(again.status, again.err).toBe(0);
    expect(readFileSync(copy)).toEqual(readFileSync(output));
    const plain = inFolder(`${name}-plain.png`);
    await stylize(style, "-o", plain);
    expect(readFileSync(plain)).not.toEqual(readFileSync(output));
  });

  test("of a record must be as they were", async () => {
    const text = readFileSync(record, "utf8");
    writeFileSync(record, text.replaceAll('"left.png"', '"black.png"'));
    const changed = await deepstyle("rerun", record, "-o", inFolder("no.png"));
    expect(changed.err).toMatch(/black\.png, the mask of a region of this record, has changed/);
    writeFileSync(record, text.replace('"mask"', '"masque"'));
    const damaged = await deepstyle("rerun", record, "-o", inFolder("no.png"));
    expect(damaged.err).toMatch(/^deepstyle: .*"regions" must be a list of .*\n$/);
  });
});

test.each([
  [
    "waves.png",
    region("left.png"),
    '--region must be MASK:STYLE or MASK:STYLE:STYLE-MASK, as in sky.png:waves.jpg; got "./left.png". Paths in it cannot have a colon: give them relative to the folder you are in.',
  ],
  [
    "waves.png",
    ["--region", "C:\\sky.png:C:\\waves.jpg:x"],
    '--region must be MASK:STYLE or MASK:STYLE:STYLE-MASK, as in sky.png:waves.jpg; got "C:\\sky.png:C:\\waves.jpg:x". Paths in it cannot have a colon: give them relative to the folder you are in.',
  ],
  [
    "waves.png",
    ["--region", "a.png::b.png"],
    '--region must be MASK:STYLE or MASK:STYLE:STYLE-MASK, as in sky.png:waves.jpg; got "a.png::b.png". Paths in it cannot have a colon: give them relative to the folder you are in.',
  ],
  [
    "waves.png",
    region("left.png", "glass"),
    '"glass" is painted by a network, ./waves.png is a painting that is optimised: expected all of one kind. Make two pictures.',
  ],
  [
    "waves",
    region("left.png", "glass.png"),
    '"waves" is painted by a network, ./glass.png is a painting that is optimised: expected all of one kind. Make two pictures.',
  ],
  [
    "waves",
    region("left.png", "glass", "left.png"),
    "--region ./left.png:glass:./left.png: a network looks at no painting, so that there is nothing for a style mask. Leave ./left.png out.",
  ],
  [
    "waves.png",
    region("square.png", "glass.png"),
    "the mask of region 1 of 48×48 px has not the proportions of the photo, 64×48 px. Draw it over the photo.",
  ],
  [
    "waves",
    region("black.png", "glass"),
    "the mask of region 1 is empty, black everywhere: expected white where it is.",
  ],
  [
    "waves.png",
    region("left.png", "glass.png", "black.png"),
    "the style mask of region 1 is empty, black everywhere: expected white where it is.",
  ],
])("--style %s %j is refused in one line", async (style, flags, message) => {
  const { status, err, out } = await stylize(style, ...flags, "-o", inFolder("no.png"));
  expect(status).toBe(2);
  expect(out).toBe("");
  expect(err.replaceAll(`${folder}/`, "./").split("\n").at(-2)).toBe(`deepstyle: ${message}`);
});

test.each(["waves.png", "waves"])("a mask that is no picture is refused: %s", async (style) => {
  const glass = style === "waves" ? "glass" : "glass.png";
  const flags = [...region("text.png", glass), "-o", inFolder("no.png")];
  const { status, err } = await stylize(style, ...flags);
  expect(status).not.toBe(0);
  expect(err).toMatch(/^deepstyle: .*text\.png.*\n$/);
});
