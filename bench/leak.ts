/**
 * Memory of the process over 500 iterations of `gatys` from the photo at 512 px: a table, and the
 * picture for a look.
 *
 * `npm run ts -- bench/leak.ts --models DIR --content photo.jpg --style painting.jpg
 * [--iterations 500] [--out bench/results/leak.jpg]`
 */

import { parseArgs } from "node:util";
import { stylize, writeImage } from "deepstyle";

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    content: { type: "string", default: "" },
    style: { type: "string", default: "" },
    iterations: { type: "string", default: "500" },
    out: { type: "string", default: "bench/results/leak.jpg" },
  },
});

const every = 50;
let reference = 0;
console.log("| iteration | MB | against iteration 50 |");
console.log("|---|---|---|");
const { picture, seconds } = await stylize({
  content: options.content,
  styles: [options.style],
  ...(options.models !== undefined && { models: options.models }),
  method: "gatys",
  init: "content",
  size: 512,
  iterations: Number(options.iterations),
  onEvent: (event) => {
    if (event.kind !== "iteration" || event.record.iteration % every !== 0) return;
    const { iteration } = event.record;
    const bytes = process.memoryUsage.rss();
    if (iteration === every) reference = bytes;
    const change = reference === 0 ? "" : `${(100 * (bytes / reference - 1)).toFixed(1)} %`;
    console.log(`| ${iteration} | ${(bytes / 1e6).toFixed(0)} | ${change} |`);
  },
});
await writeImage(options.out, picture);
console.log(`${seconds.toFixed(0)} s`);
