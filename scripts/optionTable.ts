/**
 * Writes the table of options into README.md from the recipe's schema: `npm run ts --
 * scripts/optionTable.ts`. With `--check` it writes nothing and fails where the table is out of date.
 */

import { readFile, writeFile } from "node:fs/promises";
import { recipeOptions } from "deepstyle";
import { format } from "prettier";

const readme = new URL("../README.md", import.meta.url);
const [start, end] = [
  "<!-- options: made by scripts/optionTable.ts -->",
  "<!-- /options -->",
] as const;

function flag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

const rows = recipeOptions.names.map((name) => {
  const { meaning, expected, default: fallback } = recipeOptions.describe(name);
  return `| \`${flag(name)}\` | ${meaning} | ${expected} | ${fallback} |`;
});
const table = ["| option | meaning | values | default |", "|---|---|---|---|", ...rows].join("\n");
const text = await readFile(readme, "utf8");
const before = text.slice(0, text.indexOf(start) + start.length);
const updated = await format(`${before}\n\n${table}\n\n${text.slice(text.indexOf(end))}`, {
  parser: "markdown",
  printWidth: 100,
});
if (!process.argv.includes("--check")) await writeFile(readme, updated);
else if (updated !== text) {
  console.error("README.md: the table of options is out of date. Run scripts/optionTable.ts.");
  process.exitCode = 1;
}
