/**
 * Large pictures by networks, at once and in tiles: seconds, peak of memory, and the largest
 * difference of the two results in steps of 1/255. Prints a table.
 *
 * `npm run ts -- bench/tiles.ts [--size 4000x3000] [--networks full,half,video]
 * [--tiles none,512,1024]`
 *
 * Networks have random weights, with full contrast; `--networks shipped` takes every style that ships.
 * The picture is drawn by formula. Each run has a process of its own, so that its peak of memory is its
 * own; without tiles 12 megapixels need up to 20 GB.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { networkMemory, nodeRuntime, paint, type Raster } from "deepstyle";
import { namedNetwork, shippedStyles } from "./networks.ts";

const { values: options } = parseArgs({
  options: {
    size: { type: "string", default: "4000x3000" },
    networks: { type: "string", default: "full,half,video" },
    tiles: { type: "string", default: "none,512" },
    one: { type: "string" },
    result: { type: "string", default: "" },
  },
});
const [width, height] = options.size.split("x").map(Number) as [number, number];

interface Outcome {
  readonly seconds: number;
  readonly megabytes: number;
  readonly expected: number;
}

/** Soft waves with a fine pattern: every tile has another mean. */
function drawn(): Raster {
  const data = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        data[(c * height + y) * width + x] =
          0.5 +
          0.3 * Math.sin(x / 311 + c) * Math.cos(y / 173) +
          0.15 * Math.sin(x * 0.9 + c * y * 0.37);
  return { width, height, data };
}

/** Paints in this process. */
async function measure(name: string, tiles: string): Promise<Outcome> {
  const network = await namedNetwork(name);
  const runtime = await nodeRuntime({ device: "cpu", keepIdle: 0 });
  const tile = tiles === "none" ? null : Number(tiles);
  const { picture, seconds } = await paint(runtime, network, drawn(), { tile });
  const megabytes = process.resourceUsage().maxRSS / 1000;
  writeFileSync(options.result, picture.data);
  await runtime.dispose();
  const expected = networkMemory(network.architecture, picture, tile) / 1e6;
  return { seconds, megabytes, expected };
}

async function measureElsewhere(run: string, result: string): Promise<Outcome> {
  const args = [...process.argv.slice(1), "--one", run, "--result", result];
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [answer] = await Promise.all([text(child.stdout), once(child, "close")]);
  return JSON.parse(answer) as Outcome;
}

function numbersOf(path: string): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

function steps(a: string, b: string): number {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  return 255 * x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i]!)), 0);
}

if (options.one !== undefined) {
  const [name, tiles] = options.one.split(" ") as [string, string];
  console.log(JSON.stringify(await measure(name, tiles)));
} else {
  const folder = mkdtempSync(join(tmpdir(), "deepstyle-tiles-"));
  console.log(`${width}×${height} px\n`);
  console.log("| network | tiles | s | peak MB | expected MB | difference, steps of 1/255 |");
  console.log("|---|---|---|---|---|---|");
  const names =
    options.networks === "shipped" ? await shippedStyles() : options.networks.split(",");
  for (const [i, name] of names.entries()) {
    const whole = join(folder, `${i}-none`);
    let hasWhole = false;
    for (const tiles of options.tiles.split(",")) {
      const result = join(folder, `${i}-${tiles}`);
      const { seconds, megabytes, expected } = await measureElsewhere(`${name} ${tiles}`, result);
      const difference = hasWhole ? steps(result, whole).toFixed(4) : "–";
      const numbers = [seconds.toFixed(1), megabytes.toFixed(0), expected.toFixed(0), difference];
      console.log(`| ${[name, tiles, ...numbers].join(" | ")} |`);
      if (tiles === "none") hasWhole = true;
      else rmSync(result);
    }
    rmSync(whole, { force: true });
  }
  rmSync(folder, { recursive: true });
}
