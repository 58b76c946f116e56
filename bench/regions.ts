/**
 * What is above and what is below a line of a photo, each in the style of another painting: the ruler's
 * style distance of both parts to both paintings, beside those of pictures in one style alone, and how large
 * the steps of brightness are at the border relative to those elsewhere. Prints a table.
 *
 * `npm run ts -- bench/regions.ts [--models DIR] [--photo FILE] [--up FILE] [--down FILE]
 * [--border 0.4] [--size 288] [--iterations 120] [--encoder lite] [--networks great-wave,starry-night]
 * [--out DIR]`
 *
 * The ruler needs the weights of VGG-19. A network's styles are measured at the border alone. `--out` is where
 * the pictures are written; nowhere if left out.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  evaluate,
  ModelStore,
  nodeRuntime,
  readImage,
  stylize,
  stylizeWithNetwork,
  writeImage,
  type Raster,
} from "deepstyle";
import { above } from "../scripts/support/masks.ts";

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    photo: { type: "string", default: "examples/pictures/landscape.jpg" },
    up: { type: "string", default: "examples/pictures/stained-glass.jpg" },
    down: { type: "string", default: "examples/pictures/brush-strokes.jpg" },
    border: { type: "string", default: "0.4" },
    size: { type: "string", default: "288" },
    iterations: { type: "string", default: "120" },
    encoder: { type: "string", default: "lite" },
    networks: { type: "string", default: "great-wave,starry-night" },
    out: { type: "string" },
  },
});

/** The edge of the mask is soft over this share of the height. */
const soft = 0.04;

const size = Number(options.size);
const border = Number(options.border);
const photo = await readImage(options.photo);
const models = new ModelStore({ models: options.models });
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });

/** Some rows of a picture. */
function rowsOf({ width, height, data }: Raster, from: number, to: number): Raster {
  const planes = [0, 1, 2].map((c) =>
    data.subarray((c * height + from) * width, (c * height + to) * width),
  );
  return {
    width,
    height: to - from,
    data: Float32Array.from(planes.flatMap((plane) => [...plane])),
  };
}

/** The parts above and below the border, without its soft edge. */
function parts(picture: Raster): readonly [Raster, Raster] {
  const at = (y: number): number => Math.round(y * picture.height);
  return [
    rowsOf(picture, 0, at(border - soft)),
    rowsOf(picture, at(border + soft), picture.height),
  ];
}

/** Mean absolute difference of a row from the next, for each row but the last. */
function steps({ width, height, data }: Raster): number[] {
  return Array.from({ length: height - 1 }, (_, y) => {
    let sum = 0;
    for (let c = 0; c < 3; c++)
      for (let x = 0; x < width; x++) {
        const i = (c * height + y) * width + x;
        sum += Math.abs(data[i + width]! - data[i]!);
      }
    return sum / (3 * width);
  });
}

/** The mean step across the border, within two rows of it, relative to that of all other rows. */
function seam(picture: Raster): number {
  const middle = border * picture.height - 1;
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const all = steps(picture);
  const isNear = (_: number, y: number): boolean => Math.abs(y - middle) <= 2;
  return mean(all.filter(isNear)) / mean(all.filter((step, y) => !isNear(step, y)));
}

async function distances(picture: Raster): Promise<string[]> {
  const [made, before] = [parts(picture), parts(photo)];
  const found: string[] = [];
  for (const [i, part] of made.entries())
    for (const style of [options.up, options.down]) {
      const ruler = await evaluate({
        ...{ picture: part, content: before[i]!, style, models, runtime },
      });
      found.push(ruler.style.total.toFixed(3));
    }
  return found;
}

async function report(name: string, picture: Raster, isMeasured = true): Promise<void> {
  const numbers = isMeasured ? await distances(picture) : ["", "", "", ""];
  console.log(`| ${[name, ...numbers, seam(picture).toFixed(2)].join(" | ")} |`);
  if (options.out !== undefined)
    await writeImage(join(options.out, `${name.replace(/\W+/g, "-")}.png`), picture);
}

async function optimised(style: string, regions: { mask: Raster; picture: string }[] = []) {
  const { picture } = await stylize({
    ...{ content: photo, styles: [style], regions, size, iterations: Number(options.iterations) },
    ...{ encoder: options.encoder as "lite", models, runtime },
  });
  return picture;
}

async function byNetwork(style: string, regions: { mask: Raster; style: string }[] = []) {
  const given = { content: photo, styles: [style], regions, size, runtime };
  return (await stylizeWithNetwork(given)).picture;
}

console.log(
  "| picture | above, to its painting | above, to the other | below, to the other | below, to its painting | step at the border |",
);
console.log("|---|---|---|---|---|---|");
await report("the photo", photo);
await report("in the style of above alone", await optimised(options.up));
await report("in the style of below alone", await optimised(options.down));
for (const [name, edge] of [
  ["hard", 0],
  ["soft", soft],
] as const) {
  const mask = above(photo, border, edge);
  const picture = await optimised(options.down, [{ mask, picture: options.up }]);
  await report(`both, ${name} mask`, picture);
}
const [up, down] = options.networks.split(",") as [string, string];
await report("network, in the style of above alone", await byNetwork(up), false);
await report("network, in the style of below alone", await byNetwork(down), false);
for (const [name, edge] of [
  ["hard", 0],
  ["soft", soft],
] as const) {
  const mask = above(photo, border, edge);
  await report(`network, both, ${name} mask`, await byNetwork(down, [{ mask, style: up }]), false);
}
await runtime.dispose();
