/**
 * Writes tables of options into the documentation from their schemas: `npm run ts --
 * scripts/optionTable.ts`. With `--check` it writes nothing and fails where a table is out of date.
 */

import { readFile, writeFile } from "node:fs/promises";
import { dreamOptions, recipeOptions, trainingOptions, type OptionMeaning } from "deepstyle";
import { format } from "prettier";

/** Each page with a table, and what the table is made from. */
const pages = {
  "README.md": meaningsOf(recipeOptions),
  "docs/dreams.md": meaningsOf(dreamOptions),
  "docs/training.md": meaningsOf(trainingOptions),
};

const [start, end] = [
  "<!-- options: made by scripts/optionTable.ts -->",
  "<!-- /options -->",
] as const;

function meaningsOf<Name extends string>(options: {
  readonly names: readonly Name[];
  describe(name: Name): OptionMeaning;
}): readonly (readonly [string, OptionMeaning])[] {
  return options.names.map((name) => [name, options.describe(name)] as const);
}

function flag(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

for (const [page, meanings] of Object.entries(pages)) {
  const path = new URL(`../${page}`, import.meta.url);
  const rows = meanings.map(
    ([name, { meaning, expected, default: fallback }]) =>
      `| \`${flag(name)}\` | ${meaning} | ${expected} | ${fallback} |`,
  );
  const table = ["| option | meaning | values | default |", "|---|---|---|---|", ...rows];
  const text = await readFile(path, "utf8");
  const before = text.slice(0, text.indexOf(start) + start.length);
  const updated = await format(
    `${before}\n\n${table.join("\n")}\n\n${text.slice(text.indexOf(end))}`,
    { parser: "markdown", printWidth: 100 },
  );
  if (!process.argv.includes("--check")) await writeFile(path, updated);
  else if (updated !== text) {
    console.error(`${page}: the table of options is out of date. Run scripts/optionTable.ts.`);
    process.exitCode = 1;
  }
}
