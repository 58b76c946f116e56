/**
 * Mean and covariance of chroma (a and b of OKLab) of pictures whose colours are kept in every way,
 * against the photo's; by optimisation and by a network. Prints a table.
 *
 * `npm run ts -- bench/colours.ts [--models DIR] [--photo examples/pictures/landscape.jpg]
 * [--painting examples/pictures/brush-strokes.jpg] [--style starry-night] [--size 288]
 * [--iterations 80] [--encoder lite] [--engines network,optimisation] [--only "match sym,chroma"]
 * [--out DIR]`
 *
 * `--out` is where the pictures are written; nowhere if left out.
 */

import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  colourMoments,
  ModelStore,
  nodeRuntime,
  readImage,
  resize,
  stylize,
  stylizeWithNetwork,
  writeImage,
  type ColourChoice,
  type Raster,
} from "deepstyle";

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    photo: { type: "string", default: "examples/pictures/landscape.jpg" },
    painting: { type: "string", default: "examples/pictures/brush-strokes.jpg" },
    style: { type: "string", default: "starry-night" },
    size: { type: "string", default: "288" },
    iterations: { type: "string", default: "80" },
    encoder: { type: "string", default: "lite" },
    engines: { type: "string", default: "network,optimisation" },
    only: { type: "string" },
    out: { type: "string" },
  },
});

const choices: readonly ColourChoice[] = [
  { preserveColor: "none" },
  { preserveColor: "luminance" },
  { preserveColor: "luminance", palette: 0.5 },
  { preserveColor: "match", colorMatching: "sym" },
  { preserveColor: "match", colorMatching: "pca" },
  { preserveColor: "match", colorMatching: "cholesky" },
  { preserveColor: "match", palette: 0.5 },
  { preserveColor: "chroma" },
  { preserveColor: "chroma", palette: 0.5 },
];

/** Mean and covariance of a and b: five numbers. */
function chromaOf(picture: Raster): { mean: number[]; covariance: number[] } {
  const { mean, covariance } = colourMoments(picture, "oklab");
  return { mean: [mean[1], mean[2]], covariance: [covariance[4], covariance[5], covariance[8]] };
}

function row(engine: string, choice: string, picture: Raster, photo: Raster): string {
  const [of, wanted] = [chromaOf(picture), chromaOf(resize(photo, picture))];
  const shift = Math.hypot(...of.mean.map((value, i) => value - wanted.mean[i]!));
  // The Frobenius norm counts the covariance of a and b twice.
  const norm = ([aa, ab, bb]: readonly number[]): number => Math.hypot(aa!, Math.SQRT2 * ab!, bb!);
  const spread =
    norm(of.covariance.map((value, i) => value - wanted.covariance[i]!)) / norm(wanted.covariance);
  const numbers = [
    ...of.mean.map((value) => value.toFixed(4)),
    ...of.covariance.map((value) => (1e4 * value).toFixed(2)),
    shift.toFixed(4),
    spread.toFixed(3),
  ];
  return `| ${[engine, choice, ...numbers].join(" | ")} |`;
}

function nameOf({ preserveColor, colorMatching, palette }: ColourChoice): string {
  return [preserveColor, colorMatching, palette].filter((part) => part !== undefined).join(" ");
}

const photo = await readImage(options.photo);
const models = new ModelStore({ models: options.models });
console.log(
  "| engine | colours | mean a | mean b | var a ·10⁴ | cov ab ·10⁴ | var b ·10⁴ | distance of means | relative distance of covariances |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
console.log(row("", "the photo", photo, photo));
console.log(row("", "the painting", await readImage(options.painting), photo));
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });
const size = Number(options.size);
for (const engine of options.engines.split(",")) {
  for (const choice of choices) {
    if (options.only?.split(",").includes(nameOf(choice)) === false) continue;
    const { picture } =
      engine === "network"
        ? await stylizeWithNetwork({
            ...choice,
            ...{ runtime, content: photo, styles: [options.style], size },
          })
        : await stylize({
            ...choice,
            ...{ runtime, models, content: photo, styles: [options.painting] },
            ...{ size, iterations: Number(options.iterations) },
            encoder: options.encoder as "vgg19" | "lite",
          });
    console.log(row(engine, nameOf(choice), picture, photo));
    if (options.out !== undefined)
      await writeImage(
        join(options.out, `${engine}-${nameOf(choice).replaceAll(" ", "-")}.png`),
        picture,
      );
  }
}
await runtime.dispose();
