import * as fs from "node:fs";
import { join } from "node:path";
import {
  lite,
  OptionError,
  readSafetensors,
  WeightsError,
  writeSafetensors,
} from "@deepstyle/core";
import { beforeAll, expect, test } from "vitest";
import { writeImage } from "../../src/media/imageFile.ts";
import { ModelStore } from "../../src/models/modelStore.ts";
import { sha256 } from "../../src/system/sha256.ts";
import { distilEncoder, type DistilEncoderOptions } from "../../src/training/distilEncoder.ts";
import { randomLite } from "../../../core/test/distil/randomLite.ts";
import { picture } from "../../../core/test/pictures.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

const folder = temporaryFolder();
const photos = join(folder, "photos");
const from = join(folder, "start.safetensors");

/** Another lite stands for VGG-19: it has the same layers, and nothing needs to be downloaded. */
const model = randomLite(1);
const teacher = {
  encoders: {
    average: lite(model, { pooling: "average", edge: "replicate" }),
    max: lite(model, { pooling: "max", edge: "replicate" }),
  },
  parameters: [],
};

beforeAll(async () => {
  fs.mkdirSync(photos);
  for (let i = 0; i < 5; i++)
    await writeImage(join(photos, `${i}.png`), picture({ width: 40, height: 36 }, i));
  fs.writeFileSync(join(photos, "broken.png"), "no picture at all");
  fs.writeFileSync(from, writeSafetensors({ tensors: randomLite(2) }));
});

function quick(name: string, change: Partial<DistilEncoderOptions> = {}): DistilEncoderOptions {
  const { options, ...rest } = change;
  return {
    pictures: [photos],
    output: join(folder, `${name}.safetensors`),
    teacher,
    from,
    device: "cpu",
    threads: 1,
    validation: 1,
    validateEvery: 2,
    ...rest,
    options: { size: 32, batch: 1, iterations: 4, startCrops: 16, warmup: 0, ...options },
  };
}

test("the encoder's file is float16, under 8 MB, says how it was made, and is an encoder", async () => {
  const options = quick("file");
  const result = await distilEncoder(options);
  expect(result).toMatchObject({ output: options.output, iterations: 4, interrupted: false });
  expect(fs.statSync(options.output).size).toBeLessThan(8e6);
  const { tensors, metadata } = readSafetensors(fs.readFileSync(options.output));
  expect([...tensors.values()].every(({ dtype }) => dtype === "F16")).toBe(true);
  expect(JSON.parse(metadata.get("options")!)).toMatchObject({ size: 32, iterations: 4 });
  expect(JSON.parse(metadata.get("kept")!)).toMatchObject({ iteration: result.best.iteration });
  const models = join(folder, "models");
  fs.mkdirSync(models);
  fs.copyFileSync(options.output, join(models, "lite.safetensors"));
  const store = new ModelStore({ models });
  const encoder = await store.loadEncoder("lite", { pooling: "max", edge: "zero" });
  expect(encoder.layers).toContain("relu4_2");
});

test("resumed, it ends with the same bytes as without a stop", async () => {
  const whole = quick("whole");
  await distilEncoder(whole);
  const halves = quick("halves");
  const calledOff = new AbortController();
  const { iterations, interrupted } = await distilEncoder({
    ...halves,
    signal: calledOff.signal,
    onEvent: (event) => {
      if (event.kind === "update" && event.iteration === 3) calledOff.abort();
    },
  });
  // Where no look at the pictures put aside is due: what is then taken must leave no trace.
  expect({ iterations, interrupted }).toEqual({ iterations: 3, interrupted: true });
  await distilEncoder({ ...halves, resume: true });
  const namesOf = ({ output }: DistilEncoderOptions): string[] =>
    ["", ".checkpoint"]
      .map((part) => output.replace(/\.safetensors$/, `${part}.safetensors`))
      .concat(output.replace(/\.safetensors$/, ".log.jsonl"));
  const bytesOf = (options: DistilEncoderOptions): string[] =>
    namesOf(options).map((path) => sha256(fs.readFileSync(path)));
  expect(bytesOf(halves)).toEqual(bytesOf(whole));
  // The end is the start: what a killed process may not have written is written.
  fs.rmSync(halves.output);
  await distilEncoder({ ...halves, resume: true });
  expect(bytesOf(halves)).toEqual(bytesOf(whole));
}, 120_000);

test("unreadable pictures are passed over and counted", async () => {
  const { unreadable } = await distilEncoder(quick("broken", { options: { iterations: 4 } }));
  expect(unreadable).toBeLessThanOrEqual(1);
});

test("options of a resumed distillation may not change, but for the iterations", async () => {
  const options = quick("changed", { options: { iterations: 1 } });
  await distilEncoder(options);
  const change = { ...options.options, learningRate: 0.5 };
  await expect(distilEncoder({ ...options, options: change, resume: true })).rejects.toThrow(
    "learningRate was 0.001 in the distillation that is resumed; got 0.5.",
  );
});

test("a wrong name, no folder and a file of another network are refused in one line", async () => {
  await expect(distilEncoder(quick("x", { output: join(folder, "x.onnx") }))).rejects.toThrow(
    "expected a name that ends in .safetensors",
  );
  await expect(distilEncoder(quick("x", { pictures: [] }))).rejects.toThrow(OptionError);
  const other = join(folder, "other.safetensors");
  fs.writeFileSync(other, writeSafetensors({ tensors: new Map() }));
  await expect(distilEncoder(quick("x", { from: other }))).rejects.toThrow(WeightsError);
  await expect(distilEncoder(quick("none", { resume: true }))).rejects.toThrow(
    "expected the checkpoint of a distillation",
  );
});
