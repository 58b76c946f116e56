/**
 * How good the pictures of style networks are: the ruler's style and content distances of what each network paints,
 * photo by photo, beside networks that other projects released. Prints a table; decides nothing.
 *
 * `npm run ts -- bench/networkQuality.ts --models DIR --photos DIR --paintings DIR [--size 720] [--pictures DIR]
 * NETWORK.onnx#STYLE … PEER.safetensors#STYLE …`
 *
 * A `.safetensors` file holds weights of lengstrom/fast-style-transfer. STYLE is the painting's name, and that of a style
 * of a network with several.
 */

import { mkdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { parseArgs } from "node:util";
import { createGraph, input, tensor, type Runtime } from "@deepstyle/engine";
import {
  fitLongSide,
  listImages,
  measure,
  ModelStore,
  nodeRuntime,
  readImage,
  resize,
  rulerStyleLayers,
  stylizeWithNetwork,
  writeImage,
  type Raster,
} from "deepstyle";
import { fastStyle } from "../packages/core/test/nets/fastStyle.ts";
import { median } from "./timedProcess.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    models: { type: "string" },
    photos: { type: "string" },
    paintings: { type: "string" },
    size: { type: "string", default: "720" },
    pictures: { type: "string" },
  },
});

/** What a released network makes of a photo; sides are brought to multiples of 4, as it needs them. */
async function paintReleased(runtime: Runtime, file: Uint8Array, photo: Raster): Promise<Raster> {
  const [width, height] = [photo.width, photo.height].map((side) => Math.round(side / 4) * 4) as [
    number,
    number,
  ];
  const { data } = resize(photo, { width, height }, "triangle");
  const image = input("image", [1, 3, height, width]);
  const program = await runtime.compile(createGraph({ painted: fastStyle(file, image) }));
  const { painted } = await program.run({ image: tensor(data, [1, 3, height, width]) });
  await program.dispose();
  const levels = (painted.data as Float32Array).map((value) => Math.min(1, Math.max(0, value)));
  return { width, height, data: levels };
}

const runtime = await nodeRuntime({ device: "cpu" });
const store = new ModelStore({ models: values.models });
const encoder = await store.loadEncoder("vgg19", { pooling: "max", edge: "zero" });
const size = Number(values.size);
const photos = await Promise.all(
  (await listImages(values.photos!)).map(async (path) => ({
    name: basename(path, extname(path)),
    photo: await readImage(path),
  })),
);
if (values.pictures !== undefined) await mkdir(values.pictures, { recursive: true });

console.log(
  "| network | S, each photo | median | C, each photo | median | S of each layer, median |",
);
console.log("|---|---|---|---|---|---|");
for (const given of positionals) {
  const [path, style] = given.split("#") as [string, string];
  const painting = await readImage(join(values.paintings!, `${style}.jpg`));
  const isReleased = path.endsWith(".safetensors");
  const found = { style: [] as number[], content: [] as number[], layers: [] as number[][] };
  for (const { name, photo } of photos) {
    const content = resize(photo, fitLongSide(photo, size), "triangle");
    const picture = isReleased
      ? await paintReleased(runtime, await readFile(path), content)
      : (await stylizeWithNetwork({ runtime, content, network: path, styles: [style] })).picture;
    if (values.pictures !== undefined) {
      const of = `${name}-${basename(path, extname(path))}-${style}.png`;
      await writeImage(join(values.pictures, of), picture);
    }
    const measured = await measure(runtime, encoder, { picture, content, style: painting });
    const layers = rulerStyleLayers.map((layer) => measured.style[layer]);
    found.layers.push(layers);
    found.style.push(Math.exp(layers.reduce((sum, s) => sum + Math.log(s), 0) / layers.length));
    found.content.push(measured.content);
  }
  const list = (numbers: readonly number[]): string =>
    numbers.map((number) => number.toFixed(3)).join(" ");
  const byLayer = rulerStyleLayers.map((_, i) => median(found.layers.map((layers) => layers[i]!)));
  const cells = [
    `${basename(path)} ${style}`,
    list(found.style),
    median(found.style).toFixed(3),
    list(found.content),
    median(found.content).toFixed(3),
    list(byLayer),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
await runtime.dispose();
