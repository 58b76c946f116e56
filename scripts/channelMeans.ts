/**
 * Measures the mean activation of each channel of VGG-19 over a folder of photos and writes them as
 * a source file: the constants of weight normalisation and of the fixed ruler. Photos are resized to
 * 256 × 256, so that each has the same weight. About 15 minutes on two cores for 1,200 photos.
 *
 * `npm run ts -- scripts/channelMeans.ts WEIGHTS.safetensors PHOTO_FOLDER`
 */

import { readFile, writeFile } from "node:fs/promises";
import { createGraph, input, ops, tensor, type Runtime } from "@deepstyle/engine";
import { listImages, nodeRuntime, readImage, resize, type Raster } from "deepstyle";
import { poolings, readSafetensors, vgg19, vgg19Preprocessing, type Encoder } from "deepstyle";

const side = 256;
const target = new URL("../packages/core/src/encoders/vgg19ChannelMeans.ts", import.meta.url);

/** Mean of each channel of each ReLU over all photos and positions. */
async function channelMeans(
  runtime: Runtime,
  encoder: Encoder,
  photos: readonly Raster[],
): Promise<Record<string, Float32Array>> {
  const layers = encoder.layers.filter((name) => name.startsWith("relu"));
  const features = encoder.features(input("image", [1, 3, side, side]), layers);
  const means = layers.map(
    (name) => [name, ops.reduceMean(features[name]!, { axes: [0, 2, 3] })] as const,
  );
  const program = await runtime.compile(createGraph(Object.fromEntries(means)));
  const sums = new Map<string, Float64Array>();
  for (const { data } of photos) {
    const result = await program.run({ image: tensor(data, [1, 3, side, side]) });
    for (const name of layers) {
      const mean = result[name]!.data as Float32Array;
      const sum = sums.get(name) ?? new Float64Array(mean.length);
      sums.set(
        name,
        sum.map((value, i) => value + mean[i]! / photos.length),
      );
    }
  }
  await program.dispose();
  return Object.fromEntries(
    [...sums].map(([name, sum]) => [name, revived(Float32Array.from(sum))]),
  );
}

/** A channel that never fires keeps the scale of its layer; dividing by its mean would not end well. */
function revived(means: Float32Array): Float32Array {
  const layerMean = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  return means.map((mean) => (mean < 1e-6 * layerMean ? layerMean : mean));
}

function encoded(means: Readonly<Record<string, Float32Array>>): string {
  const lines = Object.entries(means).map(([name, values]) => {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    return `    ${name}: "${bytes.toString("base64")}",`;
  });
  return lines.join("\n");
}

const [weightsPath, photoFolder] = process.argv.slice(2);
if (weightsPath === undefined || photoFolder === undefined)
  throw new Error("expected a weights file and a folder of photos.");
const { tensors, metadata } = readSafetensors(await readFile(weightsPath));
const paths = await listImages(photoFolder);
const photos: Raster[] = [];
for (const path of paths) photos.push(resize(await readImage(path), { width: side, height: side }));
const runtime = await nodeRuntime({ device: "cpu" });
const sections: string[] = [];
for (const pooling of poolings) {
  const preprocessing = vgg19Preprocessing(metadata);
  const encoder = vgg19(tensors, { preprocessing, pooling });
  sections.push(`  ${pooling}: {\n${encoded(await channelMeans(runtime, encoder, photos))}\n  },`);
  console.log(`${pooling}: done, ${photos.length} photos`);
}
await runtime.dispose();
await writeFile(
  target,
  `// Made by scripts/channelMeans.ts from ${photos.length} photos; float32, little endian, base64.

import type { Pooling } from "./encoder.ts";

/** Mean activation of each channel of VGG-19 (Caffe's weights) by pooling and layer, encoded. */
export const encodedChannelMeans: Readonly<Record<Pooling, Readonly<Record<string, string>>>> = {
${sections.join("\n")}
};
`,
);
