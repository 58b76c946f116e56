import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeSafetensors } from "@deepstyle/core";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const pictures = inFolder("pictures");
const output = inFolder("lite.safetensors");

beforeAll(async () => {
  // Models that are installed on this machine must not be found.
  vi.stubEnv("DEEPSTYLE_MODELS", undefined);
  vi.stubEnv("XDG_CACHE_HOME", inFolder("cache"));
  mkdirSync(pictures);
  for (let i = 0; i < 3; i++) await drawPicture(pictures, `${i}.png`, i);
  mkdirSync(inFolder("empty"));
  mkdirSync(inFolder("models"));
  writeFileSync(inFolder("none.safetensors"), "no weights");
  writeFileSync(inFolder("other.safetensors"), writeSafetensors({ tensors: new Map() }));
  writeFileSync(
    inFolder("damaged.checkpoint.safetensors"),
    writeSafetensors({ tensors: new Map() }),
  );
});

/** The line that `distil` ends with, the folder of the test replaced by `.`. */
async function failure(...flags: readonly string[]): Promise<{ status: number; line: string }> {
  const places = ["--pictures", pictures, "--validation", "1", "-o", output];
  const { status, out, err } = await deepstyle("distil", ...places, ...flags);
  expect(out).toBe("");
  expect(err).toMatch(/^deepstyle: .*\n$/);
  return { status, line: err.slice("deepstyle: ".length, -1).replaceAll(`${folder}/`, "./") };
}

describe("misuse gets one line that says what was expected, and status 2", () => {
  test.each([
    [["--size", "31"], "--size must be a whole number from 32 to 1024; got 31."],
    [["--iterations", "many"], '--iterations must be a whole number from 1 to 100000; got "many".'],
    [["--learning-rate", "0"], "--learning-rate must be a number from 1e-9 to 1; got 0."],
    [["--validation", "0"], '--validation must be a whole number from 1 to 10000; got "0".'],
    [
      ["--stage", "block"],
      '"block" is no --stage: expected one of blocks, whole. Did you mean "blocks"?',
    ],
    [
      ["--layer-weights", "relu3_1,relu4_4"],
      '"relu4_4" is no layer that lite learns: expected one of relu2_1, relu3_1, relu4_1, relu4_2, relu5_1. Did you mean "relu4_1"?',
    ],
    [
      ["--picturs", "photos"],
      "unknown option '--picturs' (Did you mean --pictures?) See deepstyle distil --help.",
    ],
    [
      ["-o", "lite.onnx"],
      "lite.onnx cannot hold an encoder: expected a name that ends in .safetensors.",
    ],
    [
      ["--validation", "3"],
      "./pictures has 3 photos, of which 0 cannot be read: expected more than the 3 that are put aside for validation. Add photos, or put fewer aside.",
    ],
    [
      ["--from", inFolder("absent.safetensors")],
      "./absent.safetensors does not exist: expected an encoder made by deepstyle distil.",
    ],
    [
      ["--resume"],
      "./lite.checkpoint.safetensors does not exist: expected the checkpoint of a distillation to go on with. Leave out --resume to start anew.",
    ],
    [
      ["--models", inFolder("absent")],
      "./absent is no folder: expected the one that holds the models. Check --models.",
    ],
  ])("%s", async (flags, line) => {
    expect(await failure(...flags)).toEqual({ status: 2, line });
  });

  test.each([
    ["--pictures <dir...>", ["-o", output]],
    ["-o, --output <file>", ["--pictures", pictures]],
  ])("%s left out", async (option, flags) => {
    expect(await deepstyle("distil", ...flags)).toEqual({
      status: 2,
      out: "",
      err: `deepstyle: required option '${option}' not specified. See deepstyle distil --help.\n`,
    });
  });
});

describe("a file that cannot be used gets one line, and status 1", () => {
  test("no VGG-19 to learn from", async () => {
    const { status, line } = await failure("--models", inFolder("models"));
    expect(status).toBe(1);
    expect(line).toMatch(/^vgg19\.safetensors was not found; looked in \.\/models, /);
  });

  test("a folder for the encoder that is not there", async () => {
    expect(await failure("-o", inFolder("absent/lite.safetensors"))).toEqual({
      status: 1,
      line: "./absent/lite.safetensors cannot be written: the folder ./absent does not exist. Create it first, or choose another place.",
    });
  });

  test.each([
    ["without pictures", "empty", /^\.\/empty holds no images: expected files that end in /],
    ["that is not there", "absent", /^\.\/absent does not exist/],
  ])("a folder %s", async (_, name, message) => {
    const { status, line } = await failure("--pictures", inFolder(name));
    expect(status).toBe(1);
    expect(line).toMatch(message);
  });

  test.each([
    ["that is none", "none", /^\.\/none\.safetensors: .*The file is damaged or not safetensors/],
    [
      "of another network",
      "other",
      /^\.\/other\.safetensors: expected "conv1_1\.weight" of shape \[64, 3, 3, 3\]; got none\./,
    ],
  ])("an encoder %s to start from", async (_, name, message) => {
    const { status, line } = await failure("--from", inFolder(`${name}.safetensors`));
    expect(status).toBe(1);
    expect(line).toMatch(message);
  });

  test("a checkpoint of something else", async () => {
    expect(await failure("--resume", "-o", inFolder("damaged.safetensors"))).toEqual({
      status: 1,
      line: './damaged.checkpoint.safetensors is no checkpoint of a distillation: its metadata lack a readable "deepstyle.distillation".',
    });
  });
});

test("no error leaves an encoder behind", () => {
  expect(readdirSync(folder).filter((name) => /^lite|tmp/.test(name))).toEqual([]);
});
