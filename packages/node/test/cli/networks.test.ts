import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { sideBySide } from "@deepstyle/core";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readImage } from "../../src/media/imageFile.ts";
import type { NetworkRecord } from "../../src/record/record.ts";
import { stylizeNetworkExamples } from "../../src/cli/commands/stylize.ts";
import { stylesExamples } from "../../src/cli/commands/styles.ts";
import { madeUpStyles, writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, type Outcome } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const networks = inFolder("networks");
const read = (name: string): Buffer => readFileSync(inFolder(name));
const hashOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

async function stylize(...flags: readonly string[]): Promise<Outcome> {
  return await deepstyle("stylize", inFolder("cat.jpg"), ...flags, "--device", "cpu");
}

beforeAll(async () => {
  writeNetworks(networks);
  copyFileSync(join(networks, "one.onnx"), inFolder("waves.onnx"));
  await drawPicture(folder, "cat.jpg", 1, { width: 96, height: 72 });
  await drawPicture(folder, "waves.jpg", 2);
  mkdirSync(inFolder("photos"));
  copyFileSync(inFolder("cat.jpg"), inFolder("photos/b.jpg"));
  await drawPicture(folder, "photos/c.png", 3);
  writeFileSync(inFolder("photos/a.jpg"), "no picture");
});

beforeEach(() => {
  vi.stubEnv("DEEPSTYLE_NETWORKS", networks);
});

describe("a style by name", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    vi.stubEnv("DEEPSTYLE_NETWORKS", networks);
    const mixture = [
      "--style",
      "waves:0.7",
      "--style",
      "glass:0.3",
      "--strength",
      "0.8",
      "--grain",
      "3",
    ];
    const places = ["-o", inFolder("out.png"), "--record", inFolder("record.json")];
    outcome = await stylize(...mixture, ...places, "--json");
  });

  test("is painted at the photo's size and told as one line of JSON", async () => {
    expect(outcome.status, outcome.err).toBe(0);
    expect(JSON.parse(outcome.out)).toMatchObject({
      output: inFolder("out.png"),
      width: 96,
      height: 72,
      interrupted: false,
      device: "cpu",
      tile: null,
    });
    expect(await readImage(inFolder("out.png"))).toMatchObject({ width: 96, height: 72 });
    expect(outcome.err).toMatch(/^96 × 72 px: about 0\.\d GB of memory\n$/);
  });

  test("is refused where memory is too small even for tiles, in the words for any picture", async () => {
    const flags = ["--style", "waves", "-o", inFolder("none.png")];
    const { status, err } = await stylize(...flags, "--memory", "100M");
    expect(status).toBe(2);
    expect(err).toBe(
      "deepstyle: size 96 needs 0.2 GB of memory for 96 × 72 px even in tiles; expected at most the 0.1 GB that may be used. Not even a small picture fits: give it more, or close other programs.\n",
    );
    expect(existsSync(inFolder("none.png"))).toBe(false);
    const larger = await stylize(...flags, "--size", "2000", "--memory", "300M");
    expect(larger.err).toMatch(
      /^deepstyle: size 2000 needs .* Choose a size of at most \d+ px\.\n$/,
    );
    const offered = /at most (\d+) px/.exec(larger.err)![1]!;
    const fitting = ["--size", offered, "--memory", "300M", "-o", inFolder("fitting.png")];
    expect((await stylize(...flags, ...fitting)).status).toBe(0);
  });

  test("is recorded with network, mixture, strength and grain", () => {
    expect(JSON.parse(read("record.json").toString())).toMatchObject({
      content: { path: "cat.jpg", width: 96, height: 72 },
      network: { path: "networks/still.onnx" },
      styles: { waves: 0.7, glass: 0.3 },
      strength: 0.8,
      grain: 3,
      size: null,
      tile: null,
      output: { path: "out.png" },
      device: "cpu",
    });
  });

  test("is made again, byte for byte, by rerun", async () => {
    const before = read("out.png");
    rmSync(inFolder("out.png"));
    const { status, err } = await deepstyle("rerun", inFolder("record.json"));
    expect(status, err).toBe(0);
    expect(read("out.png")).toEqual(before);
  });

  test("is not made again with another network", async () => {
    const changed = read("record.json").toString().replace("still.onnx", "one.onnx");
    writeFileSync(inFolder("changed.json"), changed);
    const { status, err } = await deepstyle("rerun", inFolder("changed.json"));
    expect(status).toBe(1);
    expect(err).toMatch(/one\.onnx, the network of this record, has changed: expected sha256 /);
  });

  test.each([
    ["network", '"network": {', '"network": [], "other": {'],
    ["styles", '"waves": 0.7', '"waves": "much"'],
    ["strength", '"strength": 0.8', '"strength": "0.8"'],
    ["grain", '"grain": 3', '"grain": "3"'],
    ["tile", '"tile": null', '"tile": 0.5'],
  ])("whose record is damaged at %s is refused", async (field, from, to) => {
    writeFileSync(inFolder("damaged.json"), read("record.json").toString().replace(from, to));
    const { status, err } = await deepstyle("rerun", inFolder("damaged.json"));
    expect(status).toBe(1);
    expect(err).toContain(`"${field}" must be `);
  });

  test("whose record is older than the grain is made again without", async () => {
    await stylize("--style", "waves", "--grain", "0", "-o", inFolder("smooth.png"));
    const [output, sha256] = ["smooth.png", hashOf(read("smooth.png"))];
    const { grain, ...older } = JSON.parse(read("record.json").toString()) as NetworkRecord;
    const record = { ...older, styles: { waves: 1 }, strength: 1 };
    const written = { ...record.output, path: output, sha256 };
    writeFileSync(inFolder("older.json"), JSON.stringify({ ...record, output: written }));
    const { status, err } = await deepstyle("rerun", inFolder("older.json"));
    expect(status, err).toBe(0);
    expect(hashOf(read(output))).toBe(sha256);
    expect(grain).toBe(3);
  });

  test("of the video network is another picture", async () => {
    await stylize("--style", "waves", "-o", inFolder("still.png"));
    await stylize("--style", "waves", "--network", "video", "-o", inFolder("video.png"));
    expect(read("video.png")).not.toEqual(read("still.png"));
  });
});

describe("colours are kept", () => {
  test.each(["luminance", "match", "chroma"])(
    "by %s, recorded, and made again by rerun",
    async (way) => {
      const [output, record] = [`${way}.png`, `${way}.json`];
      const keep = ["--preserve-color", way, "--palette", "0.8"];
      const { status, err } = await stylize(
        ...["--style", "waves", ...keep, "-o", inFolder(output), "--record", inFolder(record)],
      );
      expect(status, err).toBe(0);
      const colours = { preserveColor: way, palette: 0.8, colorMatching: "sym" };
      expect(JSON.parse(read(record).toString())).toMatchObject({ colours });
      const before = read(output);
      rmSync(inFolder(output));
      expect((await deepstyle("rerun", inFolder(record))).status).toBe(0);
      expect(read(output)).toEqual(before);
    },
  );

  test("in records from before there was a choice, by nothing", async () => {
    const record = JSON.parse(read("record.json").toString()) as object;
    writeFileSync(inFolder("older.json"), JSON.stringify({ ...record, colours: undefined }));
    const { status, err } = await deepstyle("rerun", inFolder("older.json"));
    expect(status, err).toBe(0);
  });
});

describe("from one style to another", () => {
  const ends = ["--style", "waves", "--style", "glass"];

  test("each picture is written, and their strip, from the one to the other", async () => {
    const { status, err, out } = await stylize(
      ...ends,
      "--interpolate",
      "3",
      "-o",
      inFolder("strip.png"),
    );
    expect(status, err).toBe(0);
    expect(out).toBe(`${inFolder("strip.png")}\n`);
    expect(err).toMatch(/^picture 2 of 3: waves 0\.5, glass 0\.5$/m);
    const strip = await readImage(inFolder("strip.png"));
    const singles = await Promise.all([1, 2, 3].map((i) => readImage(inFolder(`strip-${i}.png`))));
    expect(strip).toEqual(sideBySide(singles));
    await stylize("--style", "glass", "-o", inFolder("glass.png"));
    expect(read("strip-3.png")).toEqual(read("glass.png"));
  });

  test.each([
    [
      ["--style", "waves"],
      "--interpolate goes from one style to another: expected --style twice; got 1.",
    ],
    [
      ["--style", "waves:0.3", "--style", "glass"],
      "--interpolate makes the shares of both styles itself. Leave out their weights.",
    ],
    [
      [...ends, "--record", "r.json"],
      "--record is about one picture, and --interpolate makes 3. Leave one of them out.",
    ],
  ])("not by %s", async (flags, line) => {
    const { status, err } = await stylize(...flags, "--interpolate", "3", "-o", inFolder("no.png"));
    expect({ status, err }).toEqual({ status: 2, err: `deepstyle: ${line}\n` });
  });
});

test("shares that do not sum to 1 are scaled, and that is said", async () => {
  const shares = (waves: string, glass: string): Promise<Outcome> =>
    stylize("--style", `waves:${waves}`, "--style", `glass:${glass}`, "-o", inFolder("mixed.png"));
  expect((await shares("3", "1")).err).toMatch(
    /^Shares of the styles, scaled to sum to 1: 0\.75, 0\.25$/m,
  );
  expect((await shares("0.75", "0.25")).err).not.toContain("Shares");
});

test("a network's file is painted with; #name chooses among its styles", async () => {
  const still = join(networks, "still.onnx");
  await stylize("--style", "glass", "-o", inFolder("name.png"));
  const { status } = await stylize("--style", `${still}#glass`, "-o", inFolder("file.png"));
  expect(status).toBe(0);
  expect(read("file.png")).toEqual(read("name.png"));
  const { err } = await stylize("--style", still);
  expect(err).toMatch(/still\.onnx has several styles: .* Name it, as in FILE\.onnx#waves\.\n$/);
});

test("of a folder, what can be painted is painted, and what failed is listed", async () => {
  const painted = inFolder("painted");
  const { status, out, err } = await deepstyle(
    ...["stylize", inFolder("photos"), "--style", "waves", "--size", "40", "-o", painted, "--json"],
  );
  expect(status).toBe(1);
  expect(readdirSync(painted).sort()).toEqual(["b.jpg", "c.png"]);
  expect(out.trim().split("\n")).toHaveLength(3);
  expect(err).toMatch(/deepstyle: 1 of 3 failed: .*a\.jpg\n$/);
});

describe("in one line, with status 2, it is said", () => {
  test.each([
    [
      "that a style is unknown",
      ["--style", "wavs"],
      '"wavs" is no style of the network "still": expected one of waves, glass. Did you mean "waves"? A painting\'s image file is optimised; FILE.onnx is a network of your own.',
    ],
    [
      "that names and paintings do not mix",
      ["--style", "waves", "--style", "absent.jpg"],
      '"waves" is painted by a network, absent.jpg is a painting that is optimised: expected all of one kind. Make two pictures.',
    ],
    [
      "that networks do not mix",
      ["--style", "a.onnx#x", "--style", "waves"],
      "styles of different networks cannot be blended: got a.onnx#x and waves. Train one network on all of them.",
    ],
    [
      "that an option is for optimisation",
      ["--style", "waves", "--iterations", "5"],
      "--iterations steers the optimisation of a picture, and styles by name are painted by a network. Leave it out, or give the image file of a painting.",
    ],
    [
      "that strokes are for optimisation",
      ["--style", "waves", "--fine-style", "waves.jpg"],
      "--fine-style steers the optimisation of a picture, and styles by name are painted by a network. Leave it out, or give the image file of a painting.",
    ],
    [
      "that a palette keeps colours, and none are to be kept",
      ["--style", "waves", "--preserve-color", "none", "--palette", "0.5"],
      "a palette of 0.5 keeps the photo's colours, and none are to be preserved. Choose luminance, match or chroma, or a palette of 0.",
    ],
    [
      "that there are no losses to trace",
      ["--style", "waves", "--trace", "losses.csv"],
      "--trace steers the optimisation of a picture, and styles by name are painted by a network. Leave it out, or give the image file of a painting.",
    ],
    [
      "that paintings need no network",
      ["--style", "absent.jpg", "--network", "video"],
      "--network video paints the styles that deepstyle styles lists; got absent.jpg, a painting, which is optimised. Leave out --network, or name a style.",
    ],
    [
      "that a network's file needs no other network",
      ["--style", "a.onnx", "--network", "video"],
      "--network video is for styles by name; got a.onnx, a network itself. Leave out --network.",
    ],
    [
      "that there is no such network",
      ["--style", "waves", "--network", "film"],
      '"film" is no --network: expected one of still, video.',
    ],
    [
      "that the strength is out of range",
      ["--style", "waves", "--strength", "1.5"],
      "--strength must be a number from 0 to 1; got 1.5.",
    ],
    [
      "that the grain is out of range",
      ["--style", "waves", "--grain", "-1"],
      '--grain must be a number from 0 to 64; got "-1".',
    ],
    [
      "that paintings need no grain",
      ["--style", inFolder("cat.jpg"), "--grain", "1"],
      "--grain is for networks, and the file of a painting is optimised. Leave it out, or name a style that deepstyle styles lists.",
    ],
  ])("%s", async (_, flags, line) => {
    const { status, err } = await stylize(...flags, "-o", inFolder("none.png"));
    expect({ status, err }).toEqual({ status: 2, err: `deepstyle: ${line}\n` });
    expect(existsSync(inFolder("none.png"))).toBe(false);
  });
});

describe("deepstyle styles", () => {
  test("lists names, paintings and networks", async () => {
    const { status, out } = await deepstyle("styles");
    expect(status).toBe(0);
    expect(out).toBe(
      "name   painting                networks\nwaves  A Program, Waves, 2024  still, video\nglass                          still, video\n",
    );
  });

  test("prints all that is known as JSON", async () => {
    const { out } = await deepstyle("styles", "--json");
    expect(JSON.parse(out)).toMatchObject(madeUpStyles);
  });

  test("says where it looked when there are none", async () => {
    vi.stubEnv("DEEPSTYLE_NETWORKS", inFolder("absent"));
    const { status, out, err } = await deepstyle("styles");
    expect({ status, out }).toEqual({ status: 0, out: "" });
    expect(err).toMatch(/^No styles are installed in .*absent\. Give stylize a painting/);
    expect(JSON.parse((await deepstyle("styles", "--json")).out)).toEqual([]);
  });

  test("info says origin, licence, build, settings and losses of a network's file", async () => {
    const { status, out } = await deepstyle("styles", "info", inFolder("waves.onnx"));
    expect(status).toBe(0);
    for (const [name, text] of [
      ["name", "waves"],
      ["artist", "A Program"],
      ["licence", "public domain"],
      ["kind", "still"],
      ["options.size", "32"],
      ["losses.total", "1.5"],
    ])
      expect(out).toMatch(new RegExp(`^${name!} +${text!}$`, "m"));
  });

  test("info says it of a style by name, of every network that has it", async () => {
    const { out } = await deepstyle("styles", "info", "glass", "--json");
    expect(JSON.parse(out)).toMatchObject([
      { path: join(networks, "still.onnx"), architecture: { kind: "still" } },
      { path: join(networks, "video.onnx"), architecture: { kind: "video" } },
    ]);
  });

  test("info gives the nearest name to an unknown one", async () => {
    const { status, err } = await deepstyle("styles", "info", "glas");
    expect(status).toBe(2);
    expect(err).toBe(
      'deepstyle: "glas" is no style or network FILE.onnx: expected one of waves, glass. Did you mean "glass"?\n',
    );
  });
});

describe("the examples of the help texts run", () => {
  test.each([...stylizeNetworkExamples, ...stylesExamples])("%s", async (line) => {
    const [, command, ...words] = line.split(" ") as [string, string, ...string[]];
    // Files lie in the test's folder; the styles that ship stand for others.
    const argv = words.map((word) =>
      /\.[a-z]+$/.test(word)
        ? inFolder(word)
        : word.replace("great-wave", "waves").replace("starry-night", "glass"),
    );
    const { status, err } = await deepstyle(command, ...argv);
    expect(status, err).toBe(0);
  });
});
