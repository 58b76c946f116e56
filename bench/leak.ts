/**
 * Memory of the process over 500 iterations of `gatys` at 512 px: a table, and the pictures after 300
 * iterations, which is the method's default, and at the end, with seconds and the ruler.
 *
 * `npm run ts -- bench/leak.ts --models DIR --content photo.jpg --style painting.jpg
 * [--init noise] [--iterations 500] [--out bench/results/leak]`
 */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { evaluate, stylize, writeImage, type Raster } from "deepstyle";

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    content: { type: "string", default: "" },
    style: { type: "string", default: "" },
    init: { type: "string", default: "noise" },
    iterations: { type: "string", default: "500" },
    out: { type: "string", default: "bench/results/leak" },
  },
});
const { content, style, models, out } = options;
const iterations = Number(options.iterations);
const store = models === undefined ? {} : { models };
const started = performance.now();

interface Milestone {
  readonly iteration: number;
  readonly picture: Raster;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function milestone(iteration: number, picture: Raster): Milestone {
  const { user, system } = process.cpuUsage();
  const seconds = (performance.now() - started) / 1000;
  return { iteration, picture, seconds, cpuSeconds: (user + system) / 1e6 };
}

const every = 50;
let reference = 0;
console.log("| iteration | MB | against iteration 50 |");
console.log("|---|---|---|");
const milestones: Milestone[] = [];
const { picture } = await stylize({
  content,
  styles: [style],
  ...store,
  method: "gatys",
  init: options.init as "noise" | "content",
  size: 512,
  iterations,
  snapshots: [300].filter((at) => at < iterations),
  onEvent: (event) => {
    if (event.kind === "snapshot") milestones.push(milestone(event.iteration, event.picture));
    if (event.kind !== "iteration" || event.record.iteration % every !== 0) return;
    const { iteration } = event.record;
    const bytes = process.memoryUsage.rss();
    if (iteration === every) reference = bytes;
    const change = reference === 0 ? "" : `${(100 * (bytes / reference - 1)).toFixed(1)} %`;
    console.log(`| ${iteration} | ${(bytes / 1e6).toFixed(0)} | ${change} |`);
  },
});
milestones.push(milestone(iterations, picture));

await mkdir(out, { recursive: true });
console.log("\n| iterations | content | style | gap closed | ssim | s | CPU s |");
console.log("|---|---|---|---|---|---|---|");
for (const { iteration, picture: made, seconds, cpuSeconds } of milestones) {
  const ruler = await evaluate({ picture: made, content, style, ...store });
  const distances = [ruler.content, ruler.style.total, ruler.gapClosed.total ?? NaN, ruler.ssim];
  const numbers = distances.map((value) => value.toFixed(3));
  const times = [seconds, cpuSeconds].map((value) => value.toFixed(0));
  console.log(`| ${[iteration, ...numbers, ...times].join(" | ")} |`);
  await writeImage(join(out, `gatys-${options.init}-${iteration}.jpg`), made);
}
