import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const folder = temporaryFolder();
const photo = join(folder, "cat.png");
const painting = join(folder, "waves.png");
const output = join(folder, "out.png");

beforeAll(async () => {
  // Models that are installed on this machine must not be found.
  vi.stubEnv("DEEPSTYLE_MODELS", undefined);
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  await drawPicture(folder, "cat.png", 1);
  await drawPicture(folder, "dog.png", 3);
  await drawPicture(folder, "waves.png", 2);
  mkdirSync(join(folder, "empty"));
  mkdirSync(join(folder, "models"));
  writeFileSync(join(folder, "nothing.jpg"), "");
  writeFileSync(join(folder, "text.jpg"), "not a picture");
  writeFileSync(join(folder, "list.json"), "[]");
});

/** The line that `stylize` ends with, the folder of the test replaced by `.`. */
async function failure(...flags: readonly string[]): Promise<{ status: number; line: string }> {
  const places = ["--style", painting, "-o", output];
  const { status, out, err } = await deepstyle("stylize", photo, ...places, ...flags);
  expect(out).toBe("");
  expect(err).toMatch(/^deepstyle: .*\n$/);
  return { status, line: err.slice("deepstyle: ".length, -1).replaceAll(`${folder}/`, "./") };
}

describe("a wrong value gets one line that says what was expected, and status 2", () => {
  test.each([
    ["--size", "NaN", '--size must be a whole number from 16 to 16384; got "NaN".'],
    ["--size", "-5", "--size must be a whole number from 16 to 16384; got -5."],
    ["--size", "0", "--size must be a whole number from 16 to 16384; got 0."],
    ["--size", "", '--size must be a whole number from 16 to 16384; got "".'],
    ["--iterations", "1.5", "--iterations must be a whole number from 1 to 1000000; got 1.5."],
    ["--alpha", "0", "--content-weight must be a number from 1e-12 to 1e12; got 0."],
    ["--beta", "Infinity", "--style-weight must be a number from 1e-12 to 1e12; got Infinity."],
    ["--tv-weight", "-1", "--tv-weight must be a number from 0 to 1e12; got -1."],
    ["--style-scale", "0.005", "--style-scale must be a number from 0.05 to 8; got 0.005."],
    ["--style-scale", "0.5%", '--style-scale must be a number from 0.05 to 8; got "0.5%".'],
    ["--style-scale", "900%", '--style-scale must be a number from 0.05 to 8; got "900%".'],
    ["--style-scale", "-50%", '--style-scale must be a number from 0.05 to 8; got "-50%".'],
    ["--style-scale", "%", '--style-scale must be a number from 0.05 to 8; got "%".'],
    ["--style-scale", "50%%", '--style-scale must be a number from 0.05 to 8; got "50%%".'],
    ["--style-scale", "half%", '--style-scale must be a number from 0.05 to 8; got "half%".'],
    ["--palette", "50%", '--palette must be a number from 0 to 1; got "50%".'],
    ["--style-rotate", "400", "--style-rotate must be a number from -360 to 360; got 400."],
    ["--palette", "1.5", "--palette must be a number from 0 to 1; got 1.5."],
    ["--detail-weight", "-1", "--detail-weight must be a number from 0 to 1e12; got -1."],
    [
      "--pixel-loss",
      "cat.png:0",
      '--pixel-loss must be REFERENCE:weight, a number above 0, as in photo.jpg:100; got "cat.png:0".',
    ],
    [
      "--pixel-loss",
      "cat.png",
      '--pixel-loss must be REFERENCE:weight, a number above 0, as in photo.jpg:100; got "cat.png".',
    ],
    [
      "--pixel-loss",
      "cat.png:1e13",
      "--pixel-loss must be a number from 0 to 1e12; got 10000000000000.",
    ],
    ["--interpolate", "1", '--interpolate must be a whole number from 2 to 100; got "1".'],
    ["--seed", "1e99", "--seed must be a whole number from 0 to 4294967295; got 1e+99."],
    ["--learning-rate", "0", "--learning-rate must be a number from 1e-9 to 1e9; got 0."],
    ["--threads", "0", "threads must be a whole number from 1 to 1024; got 0."],
    ["--threads", "many", '--threads must be a whole number; got "many".'],
    ["--snapshots", "1,x", '--snapshots must be whole numbers from 1, as in 100,200,500; got "x".'],
    [
      "--style-layers",
      "relu1_1:-1",
      "--style-layers must be layers with weights from 0, at least one above 0, as in relu3_1:2,relu4_1; got -1.",
    ],
    [
      "--style",
      "waves.png:0",
      'the weight in --style STYLE:weight must be a number above 0; got "0".',
    ],
  ])("%s %s", async (flag, value, line) => {
    expect(await failure(flag, value)).toEqual({ status: 2, line });
  });
});

describe("an unknown name gets the nearest known one, and status 2", () => {
  test.each([
    [
      ["--method", "gaty"],
      '"gaty" is no --method: expected one of deepstyle, gatys. Did you mean "gatys"?',
    ],
    [
      ["--encoder", "vgg16"],
      '"vgg16" is no --encoder: expected one of vgg19, lite, googlenet, squeezenet. Did you mean "vgg19"?',
    ],
    [
      ["--preserve-color", "lumiance"],
      '"lumiance" is no --preserve-color: expected one of none, luminance, match, chroma. Did you mean "luminance"?',
    ],
    [
      ["--device", "cud"],
      '"cud" is no --device: expected one of auto, cpu, cuda, dml, coreml, webgpu, wasm. Did you mean "cuda"?',
    ],
    [
      ["--init", "nois"],
      '"nois" is no --init: expected one of content, noise, style. Did you mean "noise"?',
    ],
    [
      ["--sizee", "64"],
      "unknown option '--sizee' (Did you mean --size?) See deepstyle stylize --help.",
    ],
  ])("%s", async (flags, line) => {
    expect(await failure(...flags)).toEqual({ status: 2, line });
  });

  test("a command", async () => {
    expect(await deepstyle("stylise")).toEqual({
      status: 2,
      out: "",
      err: "deepstyle: unknown command 'stylise' (Did you mean stylize?) See deepstyle --help.\n",
    });
  });
});

describe("a file that cannot be used gets one line, and status 1", () => {
  test.each([
    [
      ["--style", "absent.jpg"],
      "absent.jpg does not exist: expected an image. Check the name and the folder.",
    ],
    [
      ["--init", "absent.jpg"],
      "absent.jpg does not exist: expected an image. Check the name and the folder.",
    ],
    [
      ["--pixel-loss", "absent.jpg:5"],
      "absent.jpg does not exist: expected an image. Check the name and the folder.",
    ],
    [
      ["--fine-style", "absent.jpg"],
      "absent.jpg does not exist: expected an image. Check the name and the folder.",
    ],
    [
      ["--style", join(folder, "nothing.jpg")],
      "./nothing.jpg is empty: expected an image file, got 0 bytes. Copy or export it again.",
    ],
    [
      ["--style", join(folder, "text.jpg")],
      "./text.jpg is no image file: expected JPEG, PNG, WebP, TIFF, AVIF or GIF. Export it as one of these.",
    ],
    [
      ["--style", join(folder, "empty")],
      "./empty is a folder: expected an image file. Name a file.",
    ],
    [
      ["-o", join(folder, "absent", "out.png")],
      "./absent/out.png cannot be written: the folder ./absent does not exist. Create it first, or choose another place.",
    ],
    [
      ["--record", join(folder, "absent", "out.json")],
      "./absent/out.json cannot be written: the folder ./absent does not exist. Create it first, or choose another place.",
    ],
    [
      ["-o", join(folder, "out.xyz")],
      './out.xyz cannot be written: expected a name that ends in .jpg, .jpeg, .jpe, .jfif, .png, .webp, .tif, .tiff or .avif, got ".xyz". Rename it.',
    ],
  ])("%s", async (flags, line) => {
    expect(await failure(...flags)).toEqual({ status: 1, line });
  });
});

test("a folder without pictures is refused", async () => {
  const { status, err } = await deepstyle("stylize", join(folder, "empty"), "--style", painting);
  expect(status).toBe(1);
  expect(err).toMatch(/empty holds no images: expected files that end in/);
});

test("a picture never overwrites what it is made from", async () => {
  expect(await failure("-o", photo)).toEqual({
    status: 2,
    line: "the picture would overwrite ./cat.png, the photo. Choose another output with -o.",
  });
  expect((await failure("-o", painting)).line).toContain("would overwrite ./waves.png");
});

test("two photos that would become one file are refused", async () => {
  const twice = [photo, photo, "--style", painting, "-o", join(folder, "both")];
  const { status, err } = await deepstyle("stylize", ...twice);
  expect(status).toBe(2);
  expect(err).toMatch(/would both become .*both.cat\.png/);
});

test("a trace takes one photo and a known extension", async () => {
  expect((await failure("--trace", "trace.txt")).line).toBe(
    "trace.txt cannot hold a trace: expected a name that ends in .json or .csv. Rename it.",
  );
  const several = [photo, join(folder, "dog.png"), "--style", painting, "--trace", "t.csv"];
  const { status, err } = await deepstyle("stylize", ...several, "-o", join(folder, "two"));
  expect(status).toBe(2);
  expect(err).toBe("deepstyle: --trace takes one photo; got 2. Stylize them one by one.\n");
});

test("a size that will not fit in memory is refused with one that does", async () => {
  const { status, line } = await failure("--size", "16384", "--memory", "4G");
  expect(status).toBe(2);
  expect(line).toMatch(
    /^size 16384 needs [\d.]+ GB of memory for 16384 × 12288 px even in tiles; expected at most the 4\.0 GB that may be used\. Choose a size of at most \d+ px\.$/,
  );
});

test.each(["4", "4X", "-1G", "0G"])("--memory %s is refused", async (memory) => {
  const { status, line } = await failure(`--memory=${memory}`);
  expect({ status, line }).toEqual({
    status: 2,
    line: `--memory must be a number with M or G, as in 4G; got "${memory}".`,
  });
});

test("absent models are named with the places that were looked into and what to do", async () => {
  const { status, line } = await failure("--models", join(folder, "models"), "--encoder", "vgg19");
  expect(status).toBe(1);
  expect(line).toMatch(/^vgg19\.safetensors was not found; looked in \.\/models, /);
  expect(line).toContain("torchvision's names");
  expect(line).toContain("--models DIR");
});

test("a folder of models that is none is refused", async () => {
  expect(await failure("--models", join(folder, "absent"))).toEqual({
    status: 2,
    line: "./absent is no folder: expected the one that holds the models. Check --models.",
  });
});

test("--debug adds the stack", async () => {
  const { err } = await deepstyle("stylize", "absent.jpg", "--style", painting, "--debug");
  expect(err).toMatch(/MediaError: absent\.jpg does not exist.*\n\s+at /);
});

test("a record that is none is refused", async () => {
  const absent = await deepstyle("rerun", join(folder, "absent.json"));
  expect(absent.status).toBe(1);
  expect(absent.err).toMatch(
    /absent\.json does not exist: expected a record\. Check the name\.\n$/,
  );
  const list = await deepstyle("rerun", join(folder, "list.json"));
  expect(list.err).toMatch(/list\.json: "record" must be an object\./);
});

test("no error leaves anything behind", () => {
  expect(readdirSync(folder).filter((name) => /out|tmp/.test(name))).toEqual([]);
});
