/**
 * Cold start of the command: milliseconds from the start of the process to the end, with the picture
 * written, and what its parts take. Prints a table of medians.
 *
 * `npm run build && npm run ts -- bench/coldStart.ts [--runs 7] [--size 512]`
 *
 * The first style is one that ships; other networks have random weights, which cost the same as trained
 * ones. The photo is an example picture.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { encodeNetwork } from "deepstyle";
import { benchNetworks, randomNetwork } from "./networks.ts";

const { values: options } = parseArgs({
  options: {
    runs: { type: "string", default: "7" },
    size: { type: "string", default: "512" },
  },
});

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "deepstyle-cold-"));
const command = join(root, "packages", "node", "bin", "deepstyle.js");
const photo = join(root, "examples", "pictures", "landscape.jpg");

for (const [name, architecture] of Object.entries(benchNetworks))
  writeFileSync(join(folder, `${name}.onnx`), encodeNetwork(randomNetwork(architecture)));

/** Programs that end when their part is done, by name. */
const parts: Readonly<Record<string, readonly string[]>> = {
  "node alone": ["-e", ""],
  "deepstyle --version": [command, "--version"],
  "onnxruntime-node loaded": ["-e", 'require("onnxruntime-node")'],
  "sharp loaded": ["-e", 'require("sharp")'],
  "stylize, great-wave": stylize("great-wave"),
  ...Object.fromEntries(
    Object.keys(benchNetworks).map((name) => [
      `stylize, ${name}`,
      stylize(join(folder, `${name}.onnx`)),
    ]),
  ),
};

function stylize(style: string): readonly string[] {
  const size = ["--size", options.size];
  return [command, "stylize", photo, "--style", style, ...size, "-o", join(folder, "out.png")];
}

function milliseconds(args: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - started;
}

const times = new Map(Object.keys(parts).map((name) => [name, [] as number[]]));
for (let run = 0; run <= Number(options.runs); run++)
  for (const [name, args] of Object.entries(parts)) {
    const taken = milliseconds(args);
    // The first run fills the system's caches.
    if (run > 0) times.get(name)!.push(taken);
  }
rmSync(folder, { recursive: true });

console.log("| process | median ms | fastest ms |");
console.log("|---|---|---|");
for (const [name, taken] of times) {
  taken.sort((a, b) => a - b);
  const median = taken[Math.floor(taken.length / 2)]!;
  console.log(`| ${name} | ${median.toFixed(0)} | ${taken[0]!.toFixed(0)} |`);
}
