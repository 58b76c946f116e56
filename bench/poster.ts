/**
 * A picture that does not fit in memory at once: its plan, its time, its peak of memory, and whether
 * borders of tiles can be seen.
 *
 * `npm run ts -- bench/poster.ts --models DIR [--content photo.jpg] [--style painting.jpg] [--size 1500]
 * [--gigabytes 2.4] [--iterations 60] [--scales 5] [--encoder vgg19] [--output /tmp/poster.tiff] [--resume]`
 *
 * Tiles border on each other at multiples of 16 px. Printed is the mean step from pixel to pixel into
 * such a row or column, relative to the steps around it, where that is largest, and the same for all other
 * rows and columns: a seam would stand out. The result is written with 16 bits. A run that was killed goes
 * on with `--resume`.
 */

import { parseArgs } from "node:util";
import { removePictureCheckpoint, stylize, writeImage, type Raster } from "deepstyle";

const { values: options } = parseArgs({
  options: {
    content: { type: "string", default: "examples/pictures/landscape.jpg" },
    style: { type: "string", default: "examples/pictures/brush-strokes.jpg" },
    size: { type: "string", default: "1500" },
    gigabytes: { type: "string", default: "2.4" },
    iterations: { type: "string", default: "60" },
    scales: { type: "string" },
    resume: { type: "boolean", default: false },
    encoder: { type: "string", default: "vgg19" },
    models: { type: "string" },
    output: { type: "string", default: "/tmp/poster.tiff" },
  },
});

/** Mean absolute step into each row, or column, of a picture; the first is 0. */
function stepsAcross({ width, height, data }: Raster, axis: "rows" | "columns"): Float64Array {
  const steps = new Float64Array(axis === "rows" ? height : width);
  const back = axis === "rows" ? width : 1;
  for (let plane = 0; plane < 3; plane++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const line = axis === "rows" ? y : x;
        const at = (plane * height + y) * width + x;
        if (line > 0) steps[line]! += Math.abs(data[at]! - data[at - back]!);
      }
  return steps.map((sum) => (sum * steps.length) / data.length);
}

/** The largest step relative to its 16 neighbours, at multiples of 16 and elsewhere. */
function largest(steps: Float64Array): { border: number; elsewhere: number } {
  const found = { border: 0, elsewhere: 0 };
  for (let line = 9; line < steps.length - 8; line++) {
    const around = steps.subarray(line - 8, line + 9);
    const mean = (around.reduce((sum, step) => sum + step) - steps[line]!) / 16;
    const place = line % 16 === 0 ? "border" : "elsewhere";
    found[place] = Math.max(found[place], steps[line]! / mean);
  }
  return found;
}

const { picture, seconds, checkpoint, evaluations, losses } = await stylize({
  content: options.content,
  styles: [options.style],
  size: Number(options.size),
  iterations: Number(options.iterations),
  encoder: options.encoder as "vgg19" | "lite",
  memory: 1e9 * Number(options.gigabytes),
  models: options.models,
  ...(options.scales !== undefined && { scales: Number(options.scales) }),
  checkpoint: `${options.output}.checkpoint`,
  resume: options.resume,
  onEvent: (event) => {
    if (event.kind !== "plan") return;
    for (const { longSide, iterations, tiles } of event.stages)
      console.log(`${longSide} px: ${iterations} steps`, tiles ?? "at once");
    console.log(`expected: ${event.seconds.toFixed(0)} s, ${(event.bytes / 1e6).toFixed(0)} MB`);
  },
});
const { width, height } = picture;
const megabytes = process.resourceUsage().maxRSS / 1000;
console.log(
  `${width} × ${height} px: ${seconds.toFixed(0)} s, ${evaluations} evaluations, peak ${megabytes.toFixed(0)} MB, total loss ${losses!.totalLoss.toPrecision(5)}`,
);
for (const axis of ["rows", "columns"] as const) {
  const { border, elsewhere } = largest(stepsAcross(picture, axis));
  console.log(
    `largest step across ${axis}: ${border.toFixed(3)} at multiples of 16, ${elsewhere.toFixed(3)} elsewhere`,
  );
}
await writeImage(options.output, picture, { bitDepth: 16 });
if (checkpoint !== undefined) await removePictureCheckpoint(checkpoint);
const written = process.resourceUsage().maxRSS / 1000;
console.log(`peak with the file written: ${written.toFixed(0)} MB`);
