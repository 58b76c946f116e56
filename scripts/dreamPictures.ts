/**
 * Dreams of the project's own landscape, as pictures for docs/dreams.md, and the losses of dreams in a
 * style as the rows of its table: `npm run ts -- scripts/dreamPictures.ts MODELS`, with the folder of
 * the weights.
 */

import {
  dream,
  fitLongSide,
  ModelStore,
  nodeRuntime,
  readImage,
  resize,
  stylize,
  type DreamRecipeOptions,
  type RecipeOptions,
} from "deepstyle";
import { writeSheet, type Tile } from "./support/sheet.ts";

const [folder] = process.argv.slice(2);
const models = new ModelStore({ models: folder });
const runtime = await nodeRuntime({ keepIdle: 0 });

const photo = await readImage("examples/pictures/landscape.jpg");
const painting = await readImage("examples/pictures/brush-strokes.jpg");
const size = 360;
const small = resize(photo, fitLongSide(photo, size), "lanczos3");

const dreams: readonly (readonly [string, DreamRecipeOptions])[] = [
  ["inception_3b/output", { layers: { "inception_3b/output": 1 } }],
  ["inception_4a/output", { layers: { "inception_4a/output": 1 } }],
  ["inception_4c/output, the default", {}],
  ["inception_4c/output:420:1", { layers: { "inception_4c/output:420": 1 } }],
  ["relu5_1 of VGG-19", { layers: { relu5_1: 1 } }],
];

const layerTiles: Tile[] = [{ name: "the landscape", picture: small }];
for (const [name, options] of dreams) {
  const { picture } = await dream({ photo, size, ...options, models, runtime });
  layerTiles.push({ name, picture });
}
await writeSheet("docs/pictures/dream-layers.jpg", layerTiles, 3);

const inStyle: readonly (readonly [string, RecipeOptions])[] = [
  ["style alone", {}],
  ["--dream inception_4c/output:0.3", { dream: { "inception_4c/output": 0.3 } }],
  ["--dream inception_4c/output:420:0.1", { dream: { "inception_4c/output:420": 0.1 } }],
];

const styleTiles: Tile[] = [];
console.log("| | content | style | dream |");
for (const [name, options] of inStyle) {
  const { picture, losses } = await stylize({
    ...options,
    content: photo,
    styles: [painting],
    size: 512,
    iterations: 300,
    models,
    runtime,
  });
  styleTiles.push({ name, picture });
  const { contentLoss, styleLoss, dreamLoss } = losses!;
  const figures = [contentLoss, styleLoss, dreamLoss].map((loss) =>
    loss === 0 ? "none" : loss.toPrecision(3),
  );
  console.log(`| ${[name, ...figures].join(" | ")} |`);
}
await writeSheet("docs/pictures/dream-style.jpg", styleTiles, 3);
await runtime.dispose();
