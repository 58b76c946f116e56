/**
 * Whether the seconds and the memory that are announced before a picture come true: a table of runs
 * of the default method, each in a process of its own, so that its peak of memory is its own.
 *
 * `npm run ts -- bench/estimates.ts --models DIR --content photo.jpg --style painting.jpg
 * [--runs '[{"quality":"draft"},{"size":768,"iterations":50}]'] [--out DIR for the pictures]`
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { stylize, writeImage, type RecipeOptions } from "deepstyle";

interface Outcome {
  readonly expectedSeconds: number;
  readonly seconds: number;
  readonly expectedBytes: number;
  readonly peakBytes: number;
}

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    content: { type: "string", default: "" },
    style: { type: "string", default: "" },
    runs: { type: "string", default: '[{"quality":"draft"},{"quality":"good"}]' },
    out: { type: "string" },
    one: { type: "string" },
  },
});
const { models, content, style, out } = options;

/** Makes a picture in this process. */
async function measure(recipe: RecipeOptions): Promise<Outcome> {
  let [expectedSeconds, expectedBytes] = [NaN, NaN];
  const { seconds, picture } = await stylize({
    ...recipe,
    content,
    styles: [style],
    ...(models !== undefined && { models }),
    onEvent: (event) => {
      if (event.kind === "plan") [expectedSeconds, expectedBytes] = [event.seconds, event.bytes];
    },
  });
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  if (out !== undefined) await writeImage(join(out, `${nameOf(recipe)}.png`), picture);
  return { expectedSeconds, seconds, expectedBytes, peakBytes };
}

/** Has another process make a picture. */
async function measureElsewhere(recipe: RecipeOptions): Promise<Outcome> {
  const args = [...process.argv.slice(1), "--one", JSON.stringify(recipe)];
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [answer] = await Promise.all([text(child.stdout), once(child, "close")]);
  return JSON.parse(answer) as Outcome;
}

if (options.one !== undefined) {
  console.log(JSON.stringify(await measure(JSON.parse(options.one) as RecipeOptions)));
} else {
  console.log("| run | s expected | s | off | MB expected | MB | off |");
  console.log("|---|---|---|---|---|---|---|");
  for (const recipe of JSON.parse(options.runs) as RecipeOptions[]) {
    const { expectedSeconds, seconds, expectedBytes, peakBytes } = await measureElsewhere(recipe);
    const cells = [
      nameOf(recipe),
      expectedSeconds.toFixed(0),
      seconds.toFixed(0),
      percent(expectedSeconds / seconds - 1),
      (expectedBytes / 1e6).toFixed(0),
      (peakBytes / 1e6).toFixed(0),
      percent(expectedBytes / peakBytes - 1),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}

function nameOf(recipe: RecipeOptions): string {
  const words = Object.entries(recipe).map(
    ([option, value]) => `${option} ${JSON.stringify(value)}`,
  );
  return words.join(", ");
}

function percent(share: number): string {
  return `${share > 0 ? "+" : ""}${(100 * share).toFixed(0)} %`;
}
