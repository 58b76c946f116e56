/**
 * The checkerboard in the spectrum of what each style of a network paints, in decibel at ¼ and ½ cycle a
 * pixel; photos and the results of optimisation have 0 to 2. Prints a table.
 *
 * `npm run ts -- bench/checkerboard.ts NETWORK.onnx --photos DIR [--size 480] [--count 6]`
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkerboard, decodeNetwork, fitLongSide, mixStyles, nodeRuntime } from "deepstyle";
import { paint, readImage, resize, type Checkerboard, type Raster } from "deepstyle";

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

function print(name: string, { mean, max }: Checkerboard): void {
  console.log(`| ${name} | ${mean.toFixed(1)} | ${max.toFixed(1)} |`);
}

const photos = await photosOf(options.photos, Number(options.count));
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });
console.log("| style | mean, dB | highest, dB |\n| ----- | -------- | ----------- |");
print(`${photos.length} photos`, checkerboard(photos));
for (const { name } of network.styles) {
  const style = mixStyles(network, { [name]: 1 });
  const painted: Raster[] = [];
  for (const photo of photos) painted.push((await paint(runtime, style, photo)).picture);
  print(name, checkerboard(painted));
}
await runtime.dispose();
