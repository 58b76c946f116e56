import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { doctorExamples } from "../../src/cli/commands/doctor.ts";
import { evaluateExamples } from "../../src/cli/commands/evaluate.ts";
import { rerunExamples } from "../../src/cli/commands/rerun.ts";
import { stylizeExamples } from "../../src/cli/commands/stylize.ts";
import { readImage } from "../../src/media/imageFile.ts";
import { sharedPath } from "../shared.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import { deepstyle, type Outcome } from "./command.ts";
import { drawPicture } from "./drawings.ts";

const models = sharedPath("weights");
const folder = temporaryFolder();
const inFolder = (name: string): string => join(folder, name);
const read = (name: string): Buffer => readFileSync(inFolder(name));
const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** So small that a run is mostly the loading of the network, and of lite, which is soon loaded. */
const small = [
  ...["--size", "64", "--scales", "1", "--iterations", "3"],
  ...["--encoder", "lite", "--device", "cpu"],
];

async function stylize(output: string, ...flags: readonly string[]): Promise<Outcome> {
  const places = [inFolder("cat.jpg"), "--style", inFolder("waves.jpg"), "-o", inFolder(output)];
  return await deepstyle("stylize", ...places, ...small, ...flags);
}

/** Runs an example of a help text; its files lie in the test's folder. */
async function runExample(line: string): Promise<void> {
  const [, command, ...words] = line.split(" ") as [string, string, ...string[]];
  const placed = (part: string): string =>
    /\.[a-z]+$|^(photos|painted)$/.test(part) ? inFolder(part) : part;
  const argv = words.map((word) => word.split(":").map(placed).join(":"));
  const quick = command === "stylize" ? [...small, "--iterations", "1"] : [];
  const { status, err } = await deepstyle(command, ...argv, ...quick);
  // One of the photos is none.
  expect(status, err).toBe(argv.includes(inFolder("photos")) ? 1 : 0);
}

beforeAll(async () => {
  if (models !== undefined) vi.stubEnv("DEEPSTYLE_MODELS", models);
  await drawPicture(folder, "cat.jpg", 1, { width: 96, height: 72 });
  await drawPicture(folder, "waves.jpg", 2, { width: 72, height: 96 });
  await drawPicture(folder, "glass.jpg", 3);
  await drawPicture(folder, "sky.png", 5, { width: 96, height: 72 });
  mkdirSync(inFolder("photos"));
  copyFileSync(inFolder("glass.jpg"), inFolder("photos/b.jpg"));
  await drawPicture(folder, "photos/c.gif", 4);
  writeFileSync(inFolder("photos/a.jpg"), "no picture");
});

describe.skipIf(models === undefined)("with VGG-19 (needs weights in ../shared)", () => {
  describe("a run with trace, record and snapshots", () => {
    let outcome: Outcome;
    beforeAll(async () => {
      const files = ["--trace", inFolder("trace.json"), "--record", inFolder("record.json")];
      const flags = ["--encoder", "vgg19", "--snapshots", "1,3", "--json"];
      outcome = await stylize("out.png", ...files, ...flags);
    });

    test("ends well and prints the result as one line of JSON", () => {
      expect(outcome.status, outcome.err).toBe(0);
      expect(outcome.out.split("\n")).toHaveLength(2);
      expect(JSON.parse(outcome.out)).toMatchObject({
        content: inFolder("cat.jpg"),
        output: inFolder("out.png"),
        width: 64,
        height: 48,
        interrupted: false,
        device: "cpu",
      });
    });

    test("tells time and memory before the work, then the loss", () => {
      expect(outcome.err).toMatch(/^64 px, 3 iterations: about \d+ s and [\d.]+ GB of memory$/m);
      expect(outcome.err).toMatch(/^iteration \d of 3 · 64 px · loss [\d.e+]+ · \d+ s left$/m);
    });

    test("writes the picture", async () => {
      expect(await readImage(inFolder("out.png"))).toMatchObject({ width: 64, height: 48 });
    });

    test("writes one trace record an iteration, from the initial picture on, with falling loss", () => {
      const trace = JSON.parse(read("trace.json").toString()) as Record<string, number>[];
      expect(trace.map(({ iteration }) => iteration)).toEqual([0, 1, 2, 3]);
      for (const record of trace) {
        expect(Object.keys(record)).toEqual([
          "iteration",
          "scale",
          "seconds",
          "totalLoss",
          "contentLoss",
          "styleLoss",
          "tvLoss",
          "pixelLoss",
          "detailLoss",
          "dreamLoss",
          "gradientNorm",
        ]);
        expect(Object.values(record).every(Number.isFinite)).toBe(true);
      }
      expect(trace[3]!["totalLoss"]).toBeLessThan(trace[0]!["totalLoss"]!);
    });

    test("writes a record of what made the picture", () => {
      const record = JSON.parse(read("record.json").toString()) as unknown;
      expect(record).toMatchObject({
        recipe: { method: "deepstyle", size: 64, iterations: 3, seed: 0, init: "content" },
        content: { path: "cat.jpg", sha256: sha256(read("cat.jpg")), width: 96, height: 72 },
        styles: [{ path: "waves.jpg", sha256: sha256(read("waves.jpg")), weight: 1 }],
        weights: {
          vgg19: { sha256: sha256(readFileSync(join(models!, "vgg19.safetensors"))) },
        },
        output: { path: "out.png", sha256: sha256(read("out.png")), width: 64, height: 48 },
        device: "cpu",
        versions: { onnxruntime: "1.30.0" },
        interrupted: false,
        losses: { iteration: 3 },
      });
    });

    test("writes snapshots beside it; that of the last iteration is the result", () => {
      expect(read("out-3.png")).toEqual(read("out.png"));
      expect(read("out-1.png")).not.toEqual(read("out.png"));
    });

    test("rerun makes the same bytes again", async () => {
      const before = read("out.png");
      rmSync(inFolder("out.png"));
      const again = await deepstyle("rerun", inFolder("record.json"));
      expect(again.status, again.err).toBe(0);
      expect(again.out).toBe(`${inFolder("out.png")}\n`);
      expect(read("out.png")).toEqual(before);
    });

    test("rerun refuses an input that has changed, and writes nothing", async () => {
      const record = read("record.json").toString().replaceAll('"cat.jpg"', '"glass.jpg"');
      writeFileSync(inFolder("changed.json"), record);
      const copy = inFolder("copy.png");
      const { status, err } = await deepstyle("rerun", inFolder("changed.json"), "-o", copy);
      expect(status).toBe(1);
      expect(err).toMatch(/glass\.jpg, the content of this record, has changed: expected sha256 /);
      expect(existsSync(copy)).toBe(false);
    });

    test("rerun keeps a good file where the bytes come out different", async () => {
      const record = read("record.json").toString().replace('"iterations": 3', '"iterations": 2');
      writeFileSync(inFolder("other.json"), record);
      const before = read("out.png");
      const { status, err } = await deepstyle("rerun", inFolder("other.json"));
      expect(status).toBe(1);
      expect(err).toMatch(
        /the picture is not that of .*other\.json.* It was not written; give -o FILE/,
      );
      expect(read("out.png")).toEqual(before);
    });
  });

  test("evaluate prints the ruler's figures as JSON", async () => {
    const places = ["--content", inFolder("cat.jpg"), "--style", inFolder("waves.jpg")];
    const { status, out } = await deepstyle("evaluate", inFolder("cat.jpg"), ...places, "--json");
    expect(status).toBe(0);
    const layers = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1", "total"];
    const figures = JSON.parse(out) as Record<string, Record<string, number>>;
    expect(Object.keys(figures)).toEqual(["content", "style", "gapClosed", "ssim"]);
    expect(Object.keys(figures["style"]!)).toEqual(layers);
    // The photo itself: no content lost, no gap closed.
    expect(figures["content"]).toBe(0);
    expect(figures["gapClosed"]).toEqual(Object.fromEntries(layers.map((layer) => [layer, 0])));
  });

  test.each(evaluateExamples)("the example runs: %s", async (line) => {
    await drawPicture(folder, "cat-waves.png", 6, { width: 96, height: 72 });
    await runExample(line);
  });
});

describe("with colours kept, a turn, strokes and a reference", () => {
  test("a record holds it all, and rerun makes the same bytes again", async () => {
    const keep = ["--preserve-color", "luminance", "--palette", "0.7", "--style-rotate", "30"];
    const near = [
      ...["--pixel-loss", `${inFolder("cat.jpg")}:20`, "--fine-style", inFolder("glass.jpg")],
      ...["--detail-weight", "5", "--record", inFolder("all.json")],
    ];
    const { status, err } = await stylize("all.png", ...keep, ...near);
    expect(status, err).toBe(0);
    expect(JSON.parse(read("all.json").toString())).toMatchObject({
      recipe: {
        ...{ preserveColor: "luminance", palette: 0.7, styleRotate: 30 },
        ...{ pixelLoss: 20, detailWeight: 5 },
      },
      fineStyle: { path: "glass.jpg", sha256: sha256(read("glass.jpg")) },
      reference: { path: "cat.jpg", sha256: sha256(read("cat.jpg")) },
    });
    const before = read("all.png");
    rmSync(inFolder("all.png"));
    const again = await deepstyle("rerun", inFolder("all.json"));
    expect(again.status, again.err).toBe(0);
    expect(read("all.png")).toEqual(before);
  });

  test("a reference of other proportions is refused", async () => {
    const { status, err } = await stylize("no.png", "--pixel-loss", `${inFolder("waves.jpg")}:5`);
    expect(status).toBe(2);
    expect(err).toBe(
      "deepstyle: the reference of 72×96 px has not the proportions of the photo, 96×72 px. Crop one of them.\n",
    );
  });
});

test("of a folder, what can be painted is painted, and what failed is listed", async () => {
  const painted = inFolder("painted");
  const { status, out, err } = await deepstyle(
    ...["stylize", inFolder("photos"), "--style", inFolder("waves.jpg"), "-o", painted],
    ...[...small, "--json"],
  );
  expect(status).toBe(1);
  expect(readdirSync(painted).sort()).toEqual(["b.jpg", "c.png"]);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(lines).toMatchObject([
    { content: inFolder("photos/a.jpg"), error: { code: "ERR_MEDIA_UNSUPPORTED" } },
    { content: inFolder("photos/b.jpg"), output: join(painted, "b.jpg") },
    { content: inFolder("photos/c.gif"), output: join(painted, "c.png") },
  ]);
  expect(err).toMatch(/\[2\/3\] .*b\.jpg/);
  expect(err).toMatch(/deepstyle: 1 of 3 failed: .*a\.jpg\n$/);
});

test("an unknown layer gets the nearest known one, and no picture", async () => {
  const { status, err } = await stylize("layer.png", "--style-layers", "relu3_1:2,relu9_1");
  expect(status).toBe(2);
  expect(err).toMatch(/^deepstyle: "relu9_1" is no layer of lite: .* Did you mean "relu\d_1"\?\n$/);
  expect(existsSync(inFolder("layer.png"))).toBe(false);
});

describe("the examples of the help texts run", () => {
  test.each([...stylizeExamples, ...rerunExamples, ...doctorExamples])("%s", runExample);
});
