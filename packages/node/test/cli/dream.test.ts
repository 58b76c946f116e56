import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { dreamExamples } from "../../src/cli/commands/dream.ts";
import { main } from "../../src/cli/main.ts";
import { readImage } from "../../src/media/imageFile.ts";
import { readRecord } from "../../src/record/record.ts";
import { rerun } from "../../src/record/rerun.ts";
import { sharedPath } from "../shared.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, recordingTerminal, type Outcome } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const models = sharedPath("weights");
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);

/** So small that a run is mostly the loading of the network. */
const small = ["--size", "64", "--octaves", "2", "--iterations", "2", "--device", "cpu"];

async function dream(output: string, ...flags: readonly string[]): Promise<Outcome> {
  return await deepstyle("dream", inFolder("cat.jpg"), "-o", inFolder(output), ...small, ...flags);
}

function hashOf(name: string): string {
  return createHash("sha256")
    .update(readFileSync(inFolder(name)))
    .digest("hex");
}

beforeAll(async () => {
  // Models that are installed on this machine must not be found.
  vi.stubEnv("DEEPSTYLE_MODELS", models);
  vi.stubEnv("XDG_CACHE_HOME", inFolder("cache"));
  await drawPicture(folder, "cat.jpg", 1, { width: 96, height: 72 });
  await drawPicture(folder, "waves.jpg", 2, { width: 72, height: 96 });
  mkdirSync(inFolder("bare"));
});

describe.skipIf(models === undefined)("with weights (needs weights in ../shared)", () => {
  test("GoogLeNet is dreamt with where it is installed, unless an encoder is named", async () => {
    const layersOf = async (name: string, ...flags: readonly string[]): Promise<unknown> => {
      const { status, err } = await dream("usual.png", ...flags, "--record", inFolder(name));
      expect(status, err).toBe(0);
      const record = JSON.parse(readFileSync(inFolder(name), "utf8")) as { dream: object };
      return Reflect.get(record.dream, "layers");
    };
    expect(await layersOf("google.json")).toEqual({ "inception_4c/output": 1 });
    expect(await layersOf("lite.json", "--encoder", "lite")).toEqual({ relu5_1: 1 });
  });

  test("a dream tells its plan and its losses, and writes the picture", async () => {
    const { status, out, err } = await dream("dream.png", "--iterations", "5", "--json");
    expect(status, err).toBe(0);
    expect(err).toMatch(/^46, 64 px, 10 iterations: about \d+ s and [\d.]+ GB of memory$/m);
    expect(err).toMatch(/^iteration \d of 10 · \d\d px · loss -[\d.]+ · \d+ s left$/m);
    expect(JSON.parse(out)).toMatchObject({
      photo: inFolder("cat.jpg"),
      output: inFolder("dream.png"),
      width: 64,
      height: 48,
      interrupted: false,
      evaluations: 11,
      device: "cpu",
      losses: { iteration: 10 },
    });
    expect(await readImage(inFolder("dream.png"))).toMatchObject({ width: 64, height: 48 });
  });

  test("a dream that does not fit in memory is refused with a size that does", async () => {
    const refused = await dream("none.png", "--size", "4096", "--memory", "500M");
    expect(refused.status).toBe(2);
    expect(refused.err).toMatch(
      /^deepstyle: size 4096 needs \d+\.\d GB of memory for 4096 × 3072 px; expected at most the 0\.5 GB that may be used\. Choose a size of at most \d+ px\.\n$/,
    );
    expect(existsSync(inFolder("none.png"))).toBe(false);
  });

  test("the same seed gives the same bytes, another one others", async () => {
    const bytes = async (name: string, seed: string): Promise<Buffer> => {
      const { status, err } = await dream(name, "--seed", seed, "--quiet");
      expect({ status, err }).toEqual({ status: 0, err: "" });
      return readFileSync(inFolder(name));
    };
    const [a, b, c] = [
      await bytes("a.png", "5"),
      await bytes("b.png", "5"),
      await bytes("c.png", "6"),
    ];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test("a dream of two networks, each in a folder of its own, is made again by its record", async () => {
    const [google, vgg] = [inFolder("google"), inFolder("vgg")];
    for (const [at, name] of [
      [google, "googlenet.safetensors"],
      [vgg, "vgg19.safetensors"],
    ] as const) {
      mkdirSync(at);
      symlinkSync(join(models!, name), join(at, name));
    }
    vi.stubEnv("DEEPSTYLE_MODELS", google);
    const layers = ["--layers", "inception_4c/output:1,relu3_1:0.5", "--models", vgg];
    const { status, err } = await dream("two.png", ...layers, "--record", inFolder("two.json"));
    vi.stubEnv("DEEPSTYLE_MODELS", inFolder("bare"));
    expect(status, err).toBe(0);
    expect(await readRecord(inFolder("two.json"))).toMatchObject({
      weights: {
        googlenet: { path: join(google, "googlenet.safetensors") },
        vgg19: { path: join(vgg, "vgg19.safetensors") },
      },
    });
    const again = await rerun(inFolder("two.json"));
    vi.stubEnv("DEEPSTYLE_MODELS", models);
    expect(again).toMatchObject({ identical: true, written: true, interrupted: false });
  });

  test.each([
    [["--layers", "relu4_1"]],
    [["--layers", "relu3_1", "--encoder", "lite"]],
    [["--layers", "relu4_1:7:1,inception_4c/output:0.5"]],
  ])("%s are layers to dream at", async (flags) => {
    const { status, err } = await dream("layers.png", ...flags);
    expect(status, err).toBe(0);
  });

  test.each([
    [
      ["--layers", "inception_4c"],
      /^"inception_4c" is no layer of googlenet: expected one of conv1\/7x7_s2, .*Did you mean "inception_4c\/\w+"\?$/,
    ],
    [["--layers", "relu9_1"], /^"relu9_1" is no layer of vgg19: .* Did you mean "relu\d_1"\?$/],
    [
      ["--layers", "inception_4c/output:512:1"],
      /^there is no channel 512 in a layer of 512: expected a whole number from 0 to 511\.$/,
    ],
    [
      ["--layers", "inception_4c/output:61"],
      /^a weight has no effect on the only layer: expected inception_4c\/output, or inception_4c\/output:CHANNEL:1 for a channel; got inception_4c\/output:61\.$/,
    ],
    [["--layers", "relu4_1:x:1"], /^--layers must be layers with weights above 0, .*; got .*\.$/],
    [["--layers", "inception_5b/output", "--size", "40"], /^the picture would be 40×30 px: .*\.$/],
    [["--octaves", "0"], /^--octaves must be a whole number from 1 to 12; got 0\.$/],
    [["--step-size", "-1"], /^--step-size must be a number from 0.001 to 100; got -1\.$/],
  ])("%s is refused in one line, with status 2, and no picture", async (flags, line) => {
    const { status, out, err } = await dream("refused.png", ...flags);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(err).toMatch(/^deepstyle: .*\n$/);
    expect(err.slice("deepstyle: ".length, -1)).toMatch(line);
    expect(existsSync(inFolder("refused.png"))).toBe(false);
  });

  test.each(dreamExamples)("%s", async (line) => {
    const [, command, ...words] = line.split(" ") as [string, string, ...string[]];
    const argv = words.map((word) => (/\.\w+$/.test(word) ? inFolder(word) : word));
    const { status, err } = await deepstyle(command, ...argv, ...small);
    expect(status, err).toBe(0);
  });

  test("Ctrl-C writes the best so far at full size, with status 130", async () => {
    const terminal = recordingTerminal();
    const places = [inFolder("cat.jpg"), "-o", inFolder("stopped.png")];
    const ended = main(["dream", ...places, ...small, "--iterations", "10000"], terminal);
    await vi.waitFor(() => expect(terminal.text.err).toContain("iteration "), 60_000);
    process.emit("SIGINT");
    expect(await ended).toBe(130);
    expect(terminal.text.err).toMatch(
      /Stopping after this step.*\n.*Interrupted after \d+ iterations/s,
    );
    expect(await readImage(inFolder("stopped.png"))).toMatchObject({ width: 64, height: 48 });
  });

  test("a dream in a style has both losses in its trace, and is made again by its record", async () => {
    const places = [
      inFolder("cat.jpg"),
      "--style",
      inFolder("waves.jpg"),
      "-o",
      inFolder("both.png"),
    ];
    const files = ["--trace", inFolder("both.json"), "--record", inFolder("record.json")];
    const size = ["--size", "64", "--scales", "1", "--iterations", "3"];
    const machine = ["--encoder", "lite", "--device", "cpu"];
    const { status, err } = await deepstyle(
      ...["stylize", ...places, ...files, ...size, ...machine],
      ...["--dream", "inception_4c/output:2,relu4_1:7:0.5"],
    );
    expect(status, err).toBe(0);
    const trace = JSON.parse(readFileSync(inFolder("both.json"), "utf8")) as Record<
      string,
      number
    >[];
    for (const key of ["totalLoss", "styleLoss", "dreamLoss"])
      expect(trace.at(-1)![key], key).toBeLessThan(trace[0]![key]!);
    const record = JSON.parse(readFileSync(inFolder("record.json"), "utf8")) as object;
    expect(record).toMatchObject({
      recipe: { dream: { "inception_4c/output": 2, "relu4_1:7": 0.5 } },
      weights: {
        lite: { path: expect.stringMatching(/lite\.safetensors$/) as string },
        googlenet: { path: expect.stringMatching(/googlenet\.safetensors$/) as string },
      },
    });
    const again = await deepstyle("rerun", inFolder("record.json"), "-o", inFolder("again.png"));
    expect(again.status, again.err).toBe(0);
    expect(readFileSync(inFolder("again.png"))).toEqual(readFileSync(inFolder("both.png")));
  });
});

test("the record of a dream makes the same bytes again, and holds every option, inputs and versions", async () => {
  const layers = ["--layers", "relu3_1:1,relu2_1:5:0.5", "--encoder", "lite", "--seed", "3"];
  const { status, err } = await dream("own.png", ...layers, "--record", inFolder("own.json"));
  expect(status, err).toBe(0);
  const record = JSON.parse(readFileSync(inFolder("own.json"), "utf8")) as object;
  expect(record).toMatchObject({
    dream: {
      layers: { relu3_1: 1, "relu2_1:5": 0.5 },
      ...{ encoder: "lite", size: 64, octaves: 2, iterations: 2, stepSize: 1.5, jitter: 32 },
      seed: 3,
    },
    content: { path: "cat.jpg", sha256: hashOf("cat.jpg"), width: 96, height: 72 },
    weights: { lite: { path: expect.stringMatching(/lite\.safetensors$/) as string } },
    output: { path: "own.png", sha256: hashOf("own.png"), width: 64, height: 48 },
    device: "cpu",
    versions: { deepstyle: expect.any(String) as string },
    interrupted: false,
    losses: { iteration: 4 },
    evaluations: 5,
  });
  const again = await deepstyle("rerun", inFolder("own.json"), "-o", inFolder("own-again.png"));
  expect(again.status, again.err).toBe(0);
  expect(hashOf("own-again.png")).toBe(hashOf("own.png"));
  const changed = {
    ...record,
    weights: { lite: { path: "lite.safetensors", sha256: "0".repeat(64) } },
  };
  writeFileSync(inFolder("other.json"), JSON.stringify(changed));
  const refused = await deepstyle("rerun", inFolder("other.json"));
  expect(refused.status).toBe(1);
  expect(refused.err).toMatch(
    /lite\.safetensors is not the file of this record: expected sha256 0/,
  );
});

test("on a fresh machine a dream is made with lite, which ships", async () => {
  vi.stubEnv("DEEPSTYLE_MODELS", undefined);
  const { status, err } = await dream("fresh.png", "--record", inFolder("fresh.json"));
  vi.stubEnv("DEEPSTYLE_MODELS", models);
  expect(status, err).toBe(0);
  expect(await readRecord(inFolder("fresh.json"))).toMatchObject({
    dream: { layers: { relu5_1: 1 }, encoder: "lite" },
  });
  expect(hashOf("fresh.png")).not.toBe(hashOf("cat.jpg"));
});

test("layers of GoogLeNet, where it is not installed, say where to put it, or what to do without", async () => {
  vi.stubEnv("DEEPSTYLE_MODELS", undefined);
  const layers = ["--layers", "inception_4c/output"];
  const { status, err } = await dream("absent.png", ...layers, "--models", inFolder("bare"));
  vi.stubEnv("DEEPSTYLE_MODELS", models);
  expect(status).toBe(1);
  expect(err).toMatch(
    /^deepstyle: googlenet\.safetensors was not found; looked in .*bare, .*or take layers of another network, as relu4_1\.\n$/,
  );
});

test("a picture never overwrites the photo, and a folder is none", async () => {
  const own = await deepstyle("dream", inFolder("cat.jpg"), "-o", inFolder("cat.jpg"));
  expect(own.status).toBe(2);
  expect(own.err).toContain("would overwrite");
  const none = await deepstyle("dream", inFolder("bare"));
  expect(none.status).toBe(1);
  expect(none.err).toMatch(/^deepstyle: .*bare holds no images: .*\n$/);
});
