/**
 * What networks paint of a calm part of a photo, as it is and with the grain: how far the places in JPEG's blocks of
 * 8 px are from their mean in windows of 64 px, and the deviation of it all, in steps of 1/255 of brightness.
 * Prints a table, with the same of the photo.
 *
 * `npm run ts -- bench/grain.ts NETWORK.onnx… --photo FILE [--size 1280] [--part 340,20,256,128] [--grain 2]`
 *
 * `--part` is left, top, width and height in pixels of the photo made `--size` px long.
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import {
  createGraph,
  decodeNetwork,
  fitLongSide,
  input,
  mixStyles,
  nodeRuntime,
  ops,
  paint,
  readImage,
  resize,
  tensor,
  weaveLoss,
  withGrain,
  type Raster,
} from "deepstyle";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    photo: { type: "string", default: "examples/pictures/landscape.jpg" },
    size: { type: "string", default: "1280" },
    part: { type: "string", default: "340,20,256,128" },
    grain: { type: "string", default: "2" },
  },
});
const [left, top, width, height] = options.part.split(",").map(Number) as [
  number,
  number,
  number,
  number,
];
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });

const image = input("image", [1, 1, height, width]);
const deviation = ops.sub(image, ops.reduceMean(image, { axes: [2, 3], keepDims: true }));
const measure = await runtime.compile(
  createGraph({
    blocks: weaveLoss(image, { block: 8 }),
    whole: ops.reduceMean(ops.mul(deviation, deviation)),
  }),
);

/** Roots of the means of squares, in steps of 1/255. */
async function measured(picture: Raster): Promise<{ blocks: string; whole: string }> {
  const plane = picture.width * picture.height;
  const grey = Float32Array.from({ length: width * height }, (_, i) => {
    const at = (top + Math.floor(i / width)) * picture.width + left + (i % width);
    return [0, 1, 2].reduce((sum, c) => sum + picture.data[c * plane + at]! / 3, 0);
  });
  const found = await measure.run({ image: tensor(grey, [1, 1, height, width]) });
  const [blocks, whole] = [found.blocks, found.whole].map(({ data }) =>
    (255 * Math.sqrt((data as Float32Array)[0]!)).toFixed(2),
  );
  return { blocks: blocks!, whole: whole! };
}

function print(
  name: string,
  plain: Awaited<ReturnType<typeof measured>>,
  grained: typeof plain,
): void {
  console.log(
    `| ${[name, plain.blocks, grained.blocks, plain.whole, grained.whole].join(" | ")} |`,
  );
}

const file = await readImage(options.photo);
const photo = resize(file, fitLongSide(file, Number(options.size)), "lanczos3");
const grain = Number(options.grain);
console.log("| style and network | blocks | with grain | deviation | with grain |");
console.log("| ----------------- | ------ | ---------- | --------- | ---------- |");
print("photo", await measured(photo), await measured(withGrain(photo, grain)));
for (const path of positionals) {
  const network = decodeNetwork(await readFile(path));
  for (const { name } of network.styles) {
    const style = mixStyles(network, { [name]: 1 });
    const painted = async (deviation: number): Promise<Raster> =>
      (await paint(runtime, style, photo, { grain: deviation })).picture;
    print(
      `${name}, ${basename(path)}`,
      await measured(await painted(0)),
      await measured(await painted(grain)),
    );
  }
}
await measure.dispose();
await runtime.dispose();
