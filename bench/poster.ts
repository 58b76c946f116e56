/**
 * A picture that does not fit in memory at once: its plan, its time and its peak of memory; seams.ts looks
 * for the borders of its tiles.
 *
 * `npm run ts -- bench/poster.ts --models DIR [--content photo.jpg] [--style painting.jpg] [--size 1500]
 * [--gigabytes 2.4] [--iterations 60] [--scales 5] [--encoder vgg19] [--output /tmp/poster.tiff] [--resume]`
 *
 * The result is written with 16 bits. A run that was killed goes on with `--resume`.
 */

import { parseArgs } from "node:util";
import { removePictureCheckpoint, stylize, writeImage } from "deepstyle";

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
    for (const { longSide, iterations, isSmooth = false, tiles } of event.stages)
      console.log(
        `${longSide} px: ${iterations} ${isSmooth ? "smooth steps" : "steps"}`,
        tiles ?? "at once",
      );
    console.log(`expected: ${event.seconds.toFixed(0)} s, ${(event.bytes / 1e6).toFixed(0)} MB`);
  },
});
const { width, height } = picture;
const megabytes = process.resourceUsage().maxRSS / 1000;
console.log(
  `${width} × ${height} px: ${seconds.toFixed(0)} s, ${evaluations} evaluations, peak ${megabytes.toFixed(0)} MB, total loss ${losses!.totalLoss.toPrecision(5)}`,
);
await writeImage(options.output, picture, { bitDepth: 16 });
if (checkpoint !== undefined) await removePictureCheckpoint(checkpoint);
const written = process.resourceUsage().maxRSS / 1000;
console.log(`peak with the file written: ${written.toFixed(0)} MB`);
