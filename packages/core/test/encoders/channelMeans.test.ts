import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createGraph, input, ops, tensor } from "@deepstyle/engine";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { channelMeans } from "../../src/encoders/channelMeans.ts";
import { caffePreprocessing, poolings } from "../../src/encoders/encoder.ts";
import { vgg19, vgg19Convolutions } from "../../src/encoders/vgg19.ts";
import { sharedPath } from "../../../node/test/shared.ts";
import { resize } from "../../src/image/resize.ts";
import { cpuRuntime } from "../runtime.ts";
import { vgg19Path, vgg19Weights } from "../vgg19Weights.ts";

test.each(poolings)(
  "with %s pooling there is a positive number for each channel of each ReLU",
  (pooling) => {
    const means = channelMeans(pooling);
    expect(Object.keys(means)).toEqual(
      vgg19Convolutions.map(({ name }) => name.replace("conv", "relu")),
    );
    for (const { name, channels } of vgg19Convolutions) {
      const layer = means[name.replace("conv", "relu")]!;
      expect(layer).toHaveLength(channels);
      expect(layer.every((mean) => mean > 0 && mean < 1e5)).toBe(true);
    }
  },
);

test("pooling changes nothing before the first pooling layer, and all after it", () => {
  const [max, average] = [channelMeans("max"), channelMeans("average")];
  expect(max["relu1_2"]).toEqual(average["relu1_2"]);
  const total = (numbers: Float32Array): number => numbers.reduce((sum, number) => sum + number);
  // Field notes 1.8: average pooling lowers everything downstream.
  for (const layer of ["relu2_1", "relu3_1", "relu4_1", "relu5_1"])
    expect(total(average[layer]!)).toBeLessThan(total(max[layer]!));
});

const photos = sharedPath("photos", "train");

describe.skipIf(vgg19Path === undefined || photos === undefined)(
  "over a dozen photos (needs weights/vgg19.safetensors and photos/train in ../shared)",
  () => {
    test("the mean of normalised features is about 1 at each layer", async () => {
      const runtime = cpuRuntime();
      const side = 256;
      const shape = [1, 3, side, side];
      const encoder = vgg19(vgg19Weights(), {
        preprocessing: caffePreprocessing,
        channelMeans: channelMeans("max"),
      });
      const layers = ["relu1_1", "relu2_1", "relu3_1", "relu4_1"] as const;
      const features = encoder.features(input("image", shape), layers);
      const means = layers.map((layer) => [layer, ops.reduceMean(features[layer])] as const);
      const program = await runtime.compile(createGraph(Object.fromEntries(means)));
      const sums = new Map<string, number>();
      const names = readdirSync(photos!).filter((name) => name.endsWith(".jpg"));
      for (const name of names.filter((_, i) => i % Math.ceil(names.length / 12) === 0)) {
        const image = tensor(await readSquare(join(photos!, name), side), shape);
        for (const [layer, mean] of Object.entries(await program.run({ image })))
          sums.set(layer, (sums.get(layer) ?? 0) + Number(mean.data[0]) / 12);
      }
      await runtime.dispose();
      for (const layer of layers) {
        expect(sums.get(layer), layer).toBeGreaterThan(0.9);
        expect(sums.get(layer), layer).toBeLessThan(1.1);
      }
    });
  },
);

/** A photo as a square, as scripts/channelMeans.ts takes it. */
async function readSquare(path: string, side: number): Promise<Float32Array> {
  const { data, info } = await sharp(path)
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const area = width * height;
  const planes = Float32Array.from(
    { length: data.length },
    (_, i) => data[(i % area) * 3 + Math.floor(i / area)]! / 255,
  );
  return resize({ width, height, data: planes }, { width: side, height: side }).data;
}
