/**
 * The checkerboard of what each style of a network paints: in the spectrum in decibel at ¼ and ½ cycle a
 * pixel, and how far the places in blocks of 4 px are from their mean in windows of 64 px, in steps of
 * 1/255. Prints a table, with the same of the photos.
 *
 * `npm run ts -- bench/checkerboard.ts NETWORK.onnx --photos DIR [--size 480] [--count 6]`
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  checkerboard,
  createGraph,
  decodeNetwork,
  fitLongSide,
  innerStep,
  input,
  mixStyles,
  nodeRuntime,
  paint,
  readImage,
  resize,
  tensor,
  weaveLoss,
  type Raster,
} from "deepstyle";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    photos: { type: "string", default: "examples/pictures" },
    size: { type: "string", default: "480" },
    count: { type: "string", default: "6" },
  },
});
const network = decodeNetwork(await readFile(positionals[0]!));
const size = Number(options.size);

/** The first photos of a folder whose squares of 256 px a spectrum is taken of. */
async function photosOf(folder: string, count: number): Promise<Raster[]> {
  const photos: Raster[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (photos.length === count || !/\.(jpe?g|png)$/i.test(name)) continue;
    const photo = await readImage(join(folder, name));
    const fitted = fitLongSide(photo, size);
    if (Math.min(fitted.width, fitted.height) < 256) continue;
    photos.push(resize(photo, fitted));
  }
  return photos;
}

/** Root of the mean of {@link weaveLoss} over pictures, in steps of 1/255. */
async function weave(pictures: readonly Raster[]): Promise<number> {
  let sum = 0;
  for (const { width, height, data } of pictures) {
    const shape = [1, 3, height, width];
    const loss = weaveLoss(input("picture", shape), { block: innerStep });
    const program = await runtime.compile(createGraph({ loss }));
    const found = await program.run({ picture: tensor(data, shape) });
    sum += (found["loss"].data as Float32Array)[0]!;
    await program.dispose();
  }
  return 255 * Math.sqrt(sum / pictures.length);
}

async function print(name: string, pictures: readonly Raster[]): Promise<void> {
  const { mean, max } = checkerboard(pictures);
  const figures = [mean, max].map((x) => x.toFixed(1));
  console.log(`| ${[name, ...figures, (await weave(pictures)).toFixed(2)].join(" | ")} |`);
}

const photos = await photosOf(options.photos, Number(options.count));
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });
console.log("| style | mean, dB | highest, dB | weave, of 1/255 |");
console.log("| ----- | -------- | ----------- | --------------- |");
await print(`${photos.length} photos`, photos);
for (const { name } of network.styles) {
  const style = mixStyles(network, { [name]: 1 });
  const painted: Raster[] = [];
  for (const photo of photos) painted.push((await paint(runtime, style, photo)).picture);
  await print(name, painted);
}
await runtime.dispose();
