/**
 * `kill -9` at random moments of works that have a checkpoint, each gone on with by `--resume`: whether every file has
 * the bytes that it has undisturbed, and nothing else is left. Prints a table; the exit status is 1 if not.
 *
 * `npm run build && npm run ts -- bench/kills.ts [--kills 30] [--seed 1] [--only stylize,train,tiles]`
 *
 * Moments lie between the first checkpoint and the end. Kills that come after the end count for nothing and are
 * repeated.
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { killAndResume, smallWorks } from "../packages/node/test/kills.ts";

const { values: options } = parseArgs({
  options: {
    kills: { type: "string", default: "30" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "stylize,train,tiles" },
  },
});
const [kills, seed] = [Number(options.kills), Number(options.seed)];
const program = fileURLToPath(new URL("../packages/node/bin/deepstyle.js", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "deepstyle-kills-"));
try {
  const inputs = join(scratch, "inputs");
  mkdirSync(inputs);
  console.log(
    "| work | s from first checkpoint to end | kills resumed | same bytes | nothing left over | half-written files swept | too late |",
  );
  console.log("|---|---|---|---|---|---|---|");
  for (const work of await smallWorks(inputs)) {
    if (!options.only.split(",").includes(work.name)) continue;
    const report = await killAndResume([process.execPath, program], work, { kills, seed, scratch });
    const { name, seconds, resumed, same, clean, swept, late, faults } = report;
    const cells = [name, seconds.toFixed(1), resumed, same, clean, swept, late];
    console.log(`| ${cells.join(" | ")} |`);
    for (const fault of faults) console.error(`${name}: ${fault}`);
    if (resumed < kills || same < resumed || clean < resumed) process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
