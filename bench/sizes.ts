/**
 * One recipe at several sizes: seconds, peak of memory, and the ruler's distances of each picture brought to
 * 512 px, where the same look has the same numbers. Writes the pictures side by side, all at 512 px, and
 * below them the same eighth of each as it is. Prints a table.
 *
 * `npm run ts -- bench/sizes.ts --models DIR [--content photo.jpg] [--style painting.jpg]
 * [--sizes 512,1024,2048,4096] [--gigabytes 5.6] [--encoder lite] [--out docs/pictures/guide/sizes.jpg]`
 *
 * Sizes are painted one after the other in this process, the smallest first, so that a peak is that of
 * the largest so far.
 */

import { parseArgs } from "node:util";
import { evaluate, fitLongSide, ModelStore, resize, stylize } from "deepstyle";
import { middle } from "../scripts/support/cut.ts";
import { writeSheet, type Tile } from "../scripts/support/sheet.ts";

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    content: { type: "string", default: "examples/pictures/landscape.jpg" },
    style: { type: "string", default: "examples/pictures/brush-strokes.jpg" },
    sizes: { type: "string", default: "512,1024,2048,4096" },
    gigabytes: { type: "string", default: "5.6" },
    encoder: { type: "string", default: "lite" },
    out: { type: "string", default: "docs/pictures/guide/sizes.jpg" },
  },
});

const shown = 384;

const models = new ModelStore({ models: options.models });
const { content, style } = options;
const wholes: Tile[] = [];
const details: Tile[] = [];
console.log("| size | steps, last size | s | peak MB | content at 512 px | style at 512 px |");
console.log("|---|---|---|---|---|---|");
for (const size of options.sizes.split(",").map(Number)) {
  let last = 0;
  const { picture, seconds } = await stylize({
    ...{ content, styles: [style], size, models, memory: 1e9 * Number(options.gigabytes) },
    encoder: options.encoder as "vgg19" | "lite",
    onEvent: (event) => {
      if (event.kind === "plan") last = event.stages.at(-1)!.iterations;
    },
  });
  const megabytes = process.resourceUsage().maxRSS / 1000;
  const small = resize(picture, fitLongSide(picture, 512), "triangle");
  const found = await evaluate({ picture: small, content, style, models });
  const { width, height } = resize(picture, fitLongSide(picture, shown), "triangle");
  wholes.push({ name: `${size} px`, picture: resize(picture, { width, height }, "triangle") });
  details.push({
    name: `an eighth of ${size} px`,
    picture: resize(middle(picture, 1 / 8), { width, height }, "lanczos3"),
  });
  const cells = [size, last, seconds.toFixed(0), megabytes.toFixed(0)];
  console.log(
    `| ${[...cells, found.content.toFixed(4), found.style.total.toFixed(4)].join(" | ")} |`,
  );
}
await writeSheet(options.out, [...wholes, ...details], wholes.length);
