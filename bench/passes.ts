/**
 * What the passes over a network's graph are worth: milliseconds per picture with each of them and with
 * all, and the ratio to none. Prints a table; decides nothing.
 *
 * `npm run ts -- bench/passes.ts [--sizes 256x256,1024x1024] [--networks full,half,quarter,video]
 * [--runs 7]`
 *
 * Weights are random. Programs take turns, and the ratio is the median of ratios of neighbours; what the
 * host does, reading and handing over pictures, counts as well.
 */

import { parseArgs } from "node:util";
import { networkGraph, nodeRuntime, tensor, type CompileOptions, type Program } from "deepstyle";
import { benchNetworks, randomNetwork } from "./networks.ts";
import { median } from "./timedProcess.ts";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "256x256,1024x1024" },
    networks: { type: "string", default: "full,half,quarter,video" },
    runs: { type: "string", default: "7" },
  },
});

/** Which passes are used; the first is what the others are compared with. */
const choices: Readonly<Record<string, CompileOptions>> = {
  none: { winograd: false, polyphase: false },
  polyphase: { winograd: false, polyphase: true },
};

const runtime = await nodeRuntime({ device: "cpu", keepIdle: 0 });
console.log(`| size | network | ${Object.keys(choices).join(" ms | ")} ms | ratio |`);
console.log(`|${"---|".repeat(3 + Object.keys(choices).length)}`);
for (const size of options.sizes.split(",")) {
  const [width, height] = size.split("x").map(Number) as [number, number];
  const image = tensor(
    Float32Array.from({ length: 3 * width * height }, (_, i) => ((i * 7919) % 256) / 255),
    [1, 3, height, width],
  );
  for (const name of options.networks.split(",")) {
    const graph = networkGraph(randomNetwork(benchNetworks[name]!));
    const programs = new Map<string, Program>();
    for (const [choice, given] of Object.entries(choices))
      programs.set(choice, await runtime.compile(graph, given));
    const times = new Map([...programs.keys()].map((choice) => [choice, [] as number[]]));
    for (let run = 0; run <= Number(options.runs); run++)
      for (const [choice, program] of programs) {
        const started = performance.now();
        await program.run({ image });
        // The first run takes its memory from the system.
        if (run > 0) times.get(choice)!.push(performance.now() - started);
      }
    const [none, ...others] = [...times.values()];
    const taken = [none!, ...others].map((all) => median(all).toFixed(1));
    const ratio = median(others.at(-1)!.map((time, run) => time / none![run]!)).toFixed(2);
    console.log(`| ${[size, name, ...taken, ratio].join(" | ")} |`);
    for (const program of programs.values()) await program.dispose();
  }
}
await runtime.dispose();
