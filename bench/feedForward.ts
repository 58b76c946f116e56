/**
 * Milliseconds per image of networks, host work included, and the ratio to PyTorch on the CPU for the
 * published network at full width. Prints a table; decides nothing.
 *
 * `npm run ts -- bench/feedForward.ts [--sizes 256x256,512x512] [--networks full,video] [--runs 5]
 * [--grain 0] [--row 1] [--shot]`
 *
 * `--row 20` paints that many pictures one after the other at each turn, as a film does, and takes their median: a
 * picture by itself finds threads asleep and caches cold. `--shot` paints frames of a shot: bytes, with statistics held.
 *
 * Weights are random, which cost the same as trained ones. Each network has a process of its own; runs
 * take turns, and the ratio is the median of ratios of neighbours. PyTorch is left out where
 * `/usr/bin/python3 -c "import torch"` fails; see styleStep.ts for what it needs to be at its best.
 */

import { spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { nodeRuntime, openShot, paint, type Frame, type Network, type Runtime } from "deepstyle";
import { benchNetworks, randomNetwork } from "./networks.ts";
import { median, TimedProcess } from "./timedProcess.ts";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "256x256,512x512,1024x1024,1280x720,1920x1080" },
    networks: { type: "string", default: "full,half,quarter,video" },
    runs: { type: "string", default: "5" },
    grain: { type: "string", default: "0" },
    row: { type: "string", default: "1" },
    shot: { type: "boolean", default: false },
    one: { type: "string" },
  },
});

type Painter = (
  runtime: Runtime,
  network: Network,
  frame: Frame,
) => Promise<() => Promise<unknown>>;

/** Paints the bytes, whatever their order, as a photo. */
const photoPainter: Painter = (runtime, network, { width, height, data }) => {
  const photo = { width, height, data: Float32Array.from(data).map((byte) => byte / 255) };
  const settings = { tile: null, grain: Number(options.grain) };
  return Promise.resolve(() => paint(runtime, network, photo, settings));
};

const framePainter: Painter = async (runtime, network, frame) => {
  const shot = await openShot(runtime, network, frame);
  return () => shot.paint(frame);
};

/** Answers each line with the milliseconds of one picture. */
async function answer(name: string, width: number, height: number): Promise<void> {
  const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });
  const network = randomNetwork(benchNetworks[name]!);
  const paintOne = await (options.shot ? framePainter : photoPainter)(runtime, network, {
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 7919) % 256),
  });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "q") break;
    const taken: number[] = [];
    for (let i = 0; i < Number(options.row); i++) {
      const started = performance.now();
      await paintOne();
      taken.push(performance.now() - started);
    }
    console.log(median(taken));
  }
  console.log(process.resourceUsage().maxRSS / 1000);
  await runtime.dispose();
}

async function compare(): Promise<void> {
  const hasTorch = spawnSync("/usr/bin/python3", ["-c", "import torch"]).status === 0;
  const script = (name: string): string => new URL(name, import.meta.url).pathname;
  console.log("| size | network | ms | / PyTorch | peak MB |");
  console.log("|---|---|---|---|---|");
  for (const size of options.sizes.split(",")) {
    const processes = new Map(
      options.networks
        .split(",")
        .map((name) => [
          name,
          new TimedProcess(process.execPath, [
            ...process.execArgv,
            ...[script("feedForward.ts"), "--one", `${name} ${size}`],
            ...["--grain", options.grain, "--row", options.row],
            ...(options.shot ? ["--shot"] : []),
          ]),
        ]),
    );
    if (hasTorch && processes.has("full"))
      processes.set(
        "full in PyTorch",
        new TimedProcess("/usr/bin/python3", [script("feedForward.py"), ...size.split("x")]),
      );
    for (const one of processes.values()) await one.ask("warm");
    const times = new Map([...processes.keys()].map((name) => [name, [] as number[]]));
    for (let run = 0; run < Number(options.runs); run++)
      for (const [name, one] of processes) times.get(name)!.push(await one.ask("picture"));
    for (const [name, one] of processes) {
      const taken = times.get(name)!;
      const reference = name === "full" ? times.get("full in PyTorch") : undefined;
      const ratio =
        reference === undefined
          ? "–"
          : median(taken.map((time, run) => time / reference[run]!)).toFixed(2);
      const peak = (await one.peakMegabytes()).toFixed(0);
      console.log(`| ${[size, name, median(taken).toFixed(0), ratio, peak].join(" | ")} |`);
    }
  }
}

if (options.one === undefined) await compare();
else {
  const [name, size] = options.one.split(" ") as [string, string];
  const [width, height] = size.split("x").map(Number) as [number, number];
  await answer(name, width, height);
}
