/**
 * Seconds per iteration of VGG-19 to relu5_1 with the gradient by the image: five Gram matrices,
 * content at relu4_2. Prints a table; decides nothing.
 *
 * `npm run ts -- bench/styleStep.ts [--sizes 256,512,1024] [--runs 5] [--pooling average]`
 *
 * Weights are random, which costs the same as trained ones. Each configuration runs in a process of
 * its own, so that its peak of memory is its own; runs of different configurations take turns, and
 * the ratio to PyTorch is the median of ratios of neighbours. PyTorch is left out where
 * `/usr/bin/python3 -c "import torch"` fails. Host work is the default's optimiser and the copies to the
 * worker thread and back, as a share of the step. Debian: python3-torch and libopenblas0-pthread; with the
 * reference BLAS that comes by default PyTorch takes three times as long, which would flatter us.
 */

import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { median, TimedProcess } from "./timedProcess.ts";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "256,512,1024" },
    runs: { type: "string", default: "5" },
    pooling: { type: "string", default: "average" },
  },
});
const sizes = options.sizes.split(",").map(Number);
const runs = Number(options.runs);

/** Multiply-adds of one forward pass a pixel, up to relu5_1 without the layers after it. */
const forwardMacs = 361_152;

function deepstyle(mode: string, size: number): TimedProcess {
  const file = new URL("styleStepWorker.ts", import.meta.url).pathname;
  return new TimedProcess("npx", [
    "tsx",
    "--conditions=deepstyle-src",
    file,
    mode,
    String(size),
    options.pooling,
  ]);
}

function torch(size: number): TimedProcess {
  const file = new URL("styleStep.py", import.meta.url).pathname;
  return new TimedProcess("/usr/bin/python3", [file, String(size), options.pooling]);
}

const hasTorch = spawnSync("/usr/bin/python3", ["-c", "import torch"]).status === 0;
const product = new TimedProcess("npx", [
  "tsx",
  "--conditions=deepstyle-src",
  new URL("styleStepWorker.ts", import.meta.url).pathname,
  "product",
  "2048",
]);
await product.ask("warm");

console.log(
  "| side | configuration | s | GFLOP/s | of matrix product | / PyTorch | host work | peak MB |",
);
console.log("|---|---|---|---|---|---|---|---|");
for (const size of sizes) {
  const workers: Record<string, TimedProcess> = {
    winograd: deepstyle("winograd", size),
    direct: deepstyle("direct", size),
    ...(hasTorch && { pytorch: torch(size) }),
  };
  const times: Record<string, number[]> = {};
  for (const worker of Object.values(workers)) await worker.ask("warm");
  const products: number[] = [];
  for (let run = 0; run < runs; run++) {
    for (const [name, worker] of Object.entries(workers))
      (times[name] ??= []).push(await worker.ask("step"));
    products.push(await product.ask("step"));
  }
  const peak = (2 * 2048 ** 3) / median(products) / 1e6;
  for (const [name, worker] of Object.entries(workers)) {
    const milliseconds = median(times[name]!);
    const gflops = (2 * 2 * forwardMacs * size * size) / milliseconds / 1e6;
    const ratios = times["pytorch"]?.map((reference, i) => times[name]![i]! / reference);
    const host = name === "pytorch" ? undefined : (await worker.ask("host")) / milliseconds;
    const cells = [
      size,
      name,
      (milliseconds / 1000).toFixed(3),
      gflops.toFixed(0),
      (gflops / peak).toFixed(2),
      ratios === undefined ? "–" : median(ratios).toFixed(2),
      host === undefined ? "–" : `${(100 * host).toFixed(1)} %`,
      await worker.peakMegabytes(),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
await product.peakMegabytes();
