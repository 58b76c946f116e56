/**
 * Gives damaged files to the command and prints what became of them: `npm run build`, then
 * `npm run ts scripts/mutations.ts -- [images] [own formats] [seed]`, 10,000, 30,000 and 1 if left out. The built
 * command is taken, which starts sooner.
 */
import { main } from "../packages/node/dist/command/main.js";
import { recordingTerminal } from "../packages/node/test/cli/command.ts";
import { runMutations, type Tally } from "../packages/node/test/mutations/mutations.ts";

const [images = 10_000, own = 30_000, seed = 1] = process.argv.slice(2).map(Number);

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

function show({ name, files, accepted, refused, foreign, codes, ...rest }: Tally): void {
  const numbers = [files, refused, accepted, foreign.length];
  const { slowestSeconds, largestFile, peakMemory } = rest;
  const sizes = [slowestSeconds.toFixed(1), megabytes(largestFile), megabytes(peakMemory)];
  const byCode = Object.entries(codes).map(([code, count]) => `${code} ${count}`);
  console.log(`| ${[name, ...numbers, byCode.join(", "), ...sizes].join(" | ")} |`);
  for (const problem of foreign) console.error(problem);
}

console.log(
  "| format | files | refused | accepted | foreign | codes seen | slowest run, CPU s | largest file, MB | peak of the process, MB |",
);
console.log("|---|---|---|---|---|---|---|---|---|");
const run = async (...argv: readonly string[]) => {
  const terminal = recordingTerminal();
  const status = await main(argv, terminal);
  return { status, ...terminal.text };
};
const tallies = await runMutations(run, seed, { images, own }, show);
process.exitCode = tallies.some(({ foreign }) => foreign.length > 0) ? 1 : 0;
