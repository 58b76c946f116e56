// What a run does to the files that are there already. Painting itself is left out: see paintedAtOnce.ts.

import * as fs from "node:fs";
import { join, resolve } from "node:path";
import { writeSafetensors } from "@deepstyle/core";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { locked } from "../../src/checkpoint/lock.ts";
import { stylize } from "../../src/jobs/stylize.ts";
import { distilEncoder } from "../../src/training/distilEncoder.ts";
import { randomLite } from "../../../core/test/distil/randomLite.ts";
import { changed, everything, freshFolder } from "../workingFolder.ts";
import { writeNetworks } from "../networks/networkFolder.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, type Outcome } from "./command.ts";
import { drawPicture } from "./drawings.ts";

vi.mock("@deepstyle/core", async (original) => {
  const { paintedAtOnce } = await import("../paintedAtOnce.ts");
  return paintedAtOnce(await original());
});
vi.mock("../../src/runtime/withRuntime.ts", async (original) => {
  const { withoutRuntime } = await import("../paintedAtOnce.ts");
  return { ...(await original<object>()), withRuntime: withoutRuntime };
});

const root = temporaryFolder();
/** Pictures by what they are of; each has bytes of its own. */
const drawn: Buffer[] = [];
let network: Buffer;
let encoder: Uint8Array;

beforeAll(async () => {
  const models = join(root, "models");
  fs.mkdirSync(models);
  // Nothing is computed, so that nothing needs to be in it.
  fs.writeFileSync(join(models, "vgg19.safetensors"), writeSafetensors({ tensors: new Map() }));
  vi.stubEnv("DEEPSTYLE_MODELS", models);
  vi.stubEnv("XDG_CACHE_HOME", join(root, "cache"));
  for (let kind = 0; kind < 10; kind++) {
    const file = await drawPicture(root, `${kind}.png`, kind, { width: 16, height: 12 });
    drawn.push(fs.readFileSync(file));
  }
  network = fs.readFileSync(join(writeNetworks(join(root, "networks")), "one.onnx"));
  encoder = writeSafetensors({ tensors: randomLite(2) });
});

/** Refused in one line, with nothing changed. */
function expectRefused({ status, out, err }: Outcome, before: ReadonlyMap<string, string>): void {
  expect([1, 2]).toContain(status);
  expect(out).toBe("");
  expect(err).toMatch(/^deepstyle: .*\n$/);
  expect(changed(before)).toEqual([]);
}

describe("nothing that a run is made from is written over, and no file twice", () => {
  beforeEach(() => {
    freshFolder(root);
    const names = ["photo.jpg", "waves.png", "mask.png", "beach-1.jpg", "trip-2.png"];
    for (const [i, name] of [...names, "a-preview.jpg", "w.preview.jpg"].entries())
      fs.writeFileSync(name, drawn[i]!);
    fs.mkdirSync("beach");
    fs.writeFileSync("beach/beach.jpg", drawn[7]!);
    fs.writeFileSync("beach/beach-1.jpg", drawn[8]!);
    fs.mkdirSync("photos");
    for (const i of [0, 1, 2]) fs.writeFileSync(`photos/${i}.jpg`, drawn[i]!);
    fs.writeFileSync("one.onnx", network);
    fs.writeFileSync("notes", "two years of notes");
    fs.writeFileSync("job.tmp", "notes, too");
    fs.linkSync("photo.jpg", "hard.jpg");
    fs.symlinkSync("photo.jpg", "link.jpg");
    fs.copyFileSync("photo.jpg", "photo.webp");
  });

  const waves = ["--style", "waves.png"];
  const both = [...waves, "--style", "mask.png"];
  const paint = ["stylize", "photo.jpg", ...waves, "-o", "o.png"];
  const byNetwork = ["stylize", "photo.jpg", "--style", "one.onnx", "-o", "o.png"];

  test.each([
    ["--checkpoint would overwrite photo.jpg, the photo.", [...paint, "--checkpoint", "photo.jpg"]],
    [
      "--checkpoint would overwrite waves.png, the painting.",
      [...paint, "--checkpoint", "waves.png"],
    ],
    ["the picture and --checkpoint would both become o.png.", [...paint, "--checkpoint", "o.png"]],
    [
      "--checkpoint would overwrite notes, which is no checkpoint of a picture.",
      [...paint, "--checkpoint", "notes"],
    ],
    ["--record would overwrite photo.jpg, the photo.", [...paint, "--record", "photo.jpg"]],
    [
      String.raw`--record \(hard.jpg\) would overwrite photo.jpg, the photo.`,
      [...paint, "--record", "hard.jpg"],
    ],
    [
      String.raw`--record \(link.jpg\) would overwrite photo.jpg, the photo.`,
      [...paint, "--record", "link.jpg"],
    ],
    [
      "--record would overwrite mask.png, the mask of --region.",
      [...paint, "--region", "mask.png:waves.png", "--record", "mask.png"],
    ],
    [
      "--record would overwrite trip-2.png, the style mask of --region.",
      [...paint, "--region", "mask.png:waves.png:trip-2.png", "--record", "trip-2.png"],
    ],
    [
      "--record would overwrite mask.png, the painting of --fine-style.",
      [...paint, "--fine-style", "mask.png", "--record", "mask.png"],
    ],
    [
      "--record would overwrite mask.png, the picture of --init.",
      [...paint, "--init", "mask.png", "--record", "mask.png"],
    ],
    [
      "--record would overwrite mask.png, the reference of --pixel-loss.",
      [...paint, "--pixel-loss", "mask.png:5", "--record", "mask.png"],
    ],
    ["--record would overwrite one.onnx, the network.", [...byNetwork, "--record", "one.onnx"]],
    ["--record .*would overwrite .*, the weights of vgg19.", [...paint, "--record", "vgg19"]],
    ["the picture and --record would both become o.png.", [...paint, "--record", "o.png"]],
    [
      "--trace and --record would both become x.json.",
      [...paint, "--trace", "x.json", "--record", "x.json"],
    ],
    [
      "--timelapse would overwrite photo.webp, the painting.",
      ["stylize", "photo.jpg", "--style", "photo.webp", "-o", "o.png", "--timelapse", "photo.webp"],
    ],
    [
      "--film would overwrite photo.webp, the photo.",
      [
        "stylize",
        "photo.webp",
        ...both,
        "-o",
        "o.png",
        "--interpolate",
        "2",
        "--film",
        "photo.webp",
      ],
    ],
    [
      "picture 1 of --interpolate would overwrite beach-1.jpg, the photo.",
      ["stylize", "beach-1.jpg", ...both, "--interpolate", "2", "-o", "beach.jpg"],
    ],
    [
      "snapshot 2 would overwrite trip-2.png, the photo.",
      ["stylize", "trip-2.png", ...waves, "--snapshots", "2", "-o", "trip.png"],
    ],
    [
      "the preview would overwrite a-preview.jpg, the photo.",
      ["stylize", "a-preview.jpg", ...waves, "--preview", "-o", "a.jpg"],
    ],
    [
      "the picture for beach/beach-1.jpg and picture 1 of --interpolate for beach/beach.jpg would both become painted/beach-1.jpg.",
      ["stylize", "beach", ...both, "--interpolate", "2", "-o", "painted/"],
    ],
    [
      "the picture for beach/beach-1.jpg would overwrite beach/beach-1.jpg, the photo.",
      ["stylize", "beach", ...waves, "-o", "beach"],
    ],
    [
      "--record would overwrite photo.jpg, the photo.",
      ["dream", "photo.jpg", "-o", "o.png", "--record", "photo.jpg"],
    ],
    [
      "--timelapse would overwrite photo.webp, the photo.",
      ["dream", "photo.webp", "-o", "o.png", "--timelapse", "photo.webp"],
    ],
    [
      "the training's preview would overwrite w.preview.jpg, the painting.",
      ["train", "w.preview.jpg", "--photos", "photos", "--validation", "1", "-o", "w.onnx"],
    ],
    [
      "the network would overwrite one.onnx, the base network.",
      ["train", "waves.png", "--photos", "photos", "--base", "one.onnx", "-o", "one.onnx"],
    ],
    [
      "the training's preview, photos/w.preview.jpg, would be one of the photos of photos.",
      ["train", "waves.png", "--photos", "photos", "-o", "photos/w.onnx"],
    ],
    [
      "the training's log would overwrite w.log.jsonl, --about.",
      ["train", "waves.png", "--photos", "photos", "--about", "w.log.jsonl", "-o", "w.onnx"],
    ],
  ])("%s", async (line, command) => {
    fs.symlinkSync(join(root, "models", "vgg19.safetensors"), "vgg19");
    if (command.includes("painted/")) fs.mkdirSync("painted");
    const before = everything();
    const outcome = await deepstyle(...command);
    expectRefused(outcome, before);
    expect(outcome.status).toBe(2);
    expect(outcome.err).toMatch(new RegExp(`^deepstyle: ${line} Choose another .*\n$`));
  });

  test("a checkpoint is written over by the next, and a file of a similar name is not", async () => {
    const started = await deepstyle(...paint, "--checkpoint", "job");
    expect(started.status, started.err).toBe(0);
    expect(fs.existsSync("job") || fs.existsSync("job.lock")).toBe(false);
    const state = '12345678{"__metadata__":{"deepstyle.picture":"and so on';
    fs.writeFileSync("job", state);
    fs.writeFileSync("job.lock", '{"host":"');
    expectRefused(await deepstyle(...paint, "--checkpoint", "job"), everything());
    fs.rmSync("job.lock");
    const before = everything();
    expect((await deepstyle(...paint, "--checkpoint", "job")).status).toBe(0);
    expect(changed(before).filter((name) => name !== "o.png")).toEqual(["job"]);
    expect(fs.existsSync("job")).toBe(false);
  });

  test.each(["w.checkpoint.safetensors", "w.log.jsonl"])(
    "a training does not take any %s for its own",
    async (name) => {
      fs.writeFileSync(name, "two years of notes");
      const before = everything();
      const outcome = await deepstyle("train", "waves.png", "--photos", "photos", "-o", "w.onnx");
      expectRefused(outcome, before);
      expect(outcome.err).toMatch(
        /would overwrite w\..*, which is no (checkpoint|log) of a training/,
      );
    },
  );

  test.each(["w.checkpoint.safetensors", "w.log.jsonl"])(
    "a distillation does not take any %s for its own",
    async (name) => {
      fs.writeFileSync(name, "two years of notes");
      const before = everything();
      const outcome = await deepstyle("distil", "--pictures", "photos", "-o", "w.safetensors");
      expectRefused(outcome, before);
      expect(outcome.err).toMatch(/would overwrite w\..*, which is no (checkpoint|log) of a dist/);
    },
  );

  test("a distillation does not write over what it starts from", async () => {
    fs.writeFileSync("w.safetensors", encoder);
    const before = everything();
    const files = ["--pictures", "photos", "--from", "w.safetensors", "-o", "w.safetensors"];
    const outcome = await deepstyle("distil", ...files);
    expectRefused(outcome, before);
    expect(outcome.err).toContain(
      "the encoder would overwrite w.safetensors, the encoder to start from.",
    );
  });
});

describe("the library looks by itself, too", () => {
  beforeEach(() => {
    freshFolder(root);
    fs.writeFileSync("photo.png", drawn[0]!);
    fs.writeFileSync("waves.png", drawn[1]!);
    fs.writeFileSync("notes", "two years of notes");
  });

  test.each(["photo.png", "waves.png", "notes"])("stylize with %s as checkpoint", async (name) => {
    const before = everything();
    const files = { content: "photo.png", styles: ["waves.png"], checkpoint: name };
    await expect(stylize(files)).rejects.toThrow(/^the checkpoint .*would overwrite .*\. Choose/);
    expect(changed(before)).toEqual([]);
  });

  test("one run at a time", async () => {
    const files = { content: "photo.png", styles: ["waves.png"], checkpoint: "job" };
    await locked("job", async () => {
      await expect(stylize(files)).rejects.toThrow("job is worked on by another run");
      const resumed = stylize({ ...files, resume: true });
      await expect(resumed).rejects.toThrow("job is worked on by another run");
    });
    expect((await stylize(files)).checkpoint).toBe("job");
    expect(fs.existsSync("job.lock")).toBe(false);
  });

  test("one distillation at a time", async () => {
    await locked("w.checkpoint.safetensors", async () => {
      fs.mkdirSync("photos");
      const before = everything();
      const distillation = distilEncoder({ pictures: ["photos"], output: "w.safetensors" });
      await expect(distillation).rejects.toThrow("is worked on by another run");
      expect(changed(before)).toEqual([]);
    });
  });
});

describe("a record's picture is made again", () => {
  beforeEach(async () => {
    freshFolder(root);
    fs.writeFileSync("photo.png", drawn[0]!);
    fs.writeFileSync("waves.png", drawn[1]!);
    fs.mkdirSync("elsewhere");
    const files = ["-o", "elsewhere/o.png", "--record", "r.json"];
    const { status, err } = await deepstyle(
      "stylize",
      "photo.png",
      "--style",
      "waves.png",
      ...files,
    );
    expect(status, err).toBe(0);
  });

  test("where it was, and where it is no more", async () => {
    const before = everything();
    expect((await deepstyle("rerun", "r.json")).status).toBe(0);
    fs.rmSync("elsewhere/o.png");
    expect((await deepstyle("rerun", "r.json")).status).toBe(0);
    expect(changed(before)).toEqual([]);
  });

  test("not over another picture that is there by now, unless that is asked for", async () => {
    fs.writeFileSync("elsewhere/o.png", drawn[2]!);
    const before = everything();
    const outcome = await deepstyle("rerun", "r.json");
    expectRefused(outcome, before);
    expect(outcome.err).toBe(
      `deepstyle: ${resolve("elsewhere/o.png")} is not the picture of r.json, or has changed since: it would be overwritten. Choose another output with -o, or move it.\n`,
    );
    expect((await deepstyle("rerun", "r.json", "-o", "elsewhere/o.png")).status).toBe(0);
    expect(changed(before)).toEqual(["elsewhere/o.png"]);
  });

  test("not over a picture that comes while it is made", async () => {
    fs.rmSync("elsewhere/o.png");
    const { rerun } = await import("../../src/record/rerun.ts");
    const onEvent = (): void => fs.writeFileSync("elsewhere/o.png", drawn[3]!);
    await expect(rerun("r.json", { onEvent })).rejects.toThrow("is not the picture of r.json");
    expect(fs.readFileSync("elsewhere/o.png")).toEqual(drawn[3]);
  });

  test.each([
    ["the picture would overwrite photo.png, the photo.", "photo.png"],
    ["the picture would overwrite waves.png, the painting.", "waves.png"],
    ["the picture (link.png) would overwrite r.json, the record.", "link.png"],
  ])("%s", async (line, output) => {
    fs.symlinkSync("r.json", "link.png");
    const before = everything();
    const outcome = await deepstyle("rerun", "r.json", "-o", output);
    expectRefused(outcome, before);
    expect(outcome.err).toBe(`deepstyle: ${line} Choose another output with -o.\n`);
  });
});
