/**
 * Paints photos in the style of paintings by the default method and writes small JPEGs and a table
 * with the ruler and the seconds of each. Pictures that are there already are not made again, so an
 * interrupted run goes on where it was.
 *
 * `npm run ts -- bench/contactSheet.ts --models DIR --photos a.jpg,b.jpg --paintings c.jpg,d.jpg
 * [--out docs/contact-sheet]`
 */

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { parseArgs } from "node:util";
import {
  evaluate,
  fitLongSide,
  resize,
  stylize,
  writeImage,
  type RulerResult,
  type SettledRecipe,
} from "deepstyle";

interface Entry {
  readonly photo: string;
  readonly painting: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly evaluations: number;
  readonly ruler: RulerResult;
  readonly recipe: SettledRecipe;
}

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    photos: { type: "string", default: "" },
    paintings: { type: "string", default: "" },
    out: { type: "string", default: "docs/contact-sheet" },
  },
});
const { models, out } = options;
const resultsPath = join(out, "results.json");

/** Longer side of the committed pictures. */
const shownPixels = 400;

function nameOf(path: string): string {
  return basename(path, extname(path));
}

async function paint(content: string, style: string): Promise<Entry> {
  const store = models === undefined ? {} : { models };
  const cpuBefore = process.cpuUsage();
  const { picture, seconds, evaluations, recipe } = await stylize({
    content,
    styles: [style],
    ...store,
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuSeconds = (user + system) / 1e6;
  const ruler = await evaluate({ picture, content, style, ...store });
  const file = join(out, `${nameOf(content)}-${nameOf(style)}.jpg`);
  const small = resize(picture, fitLongSide(picture, shownPixels), "lanczos3");
  await writeImage(file, small, { quality: 85 });
  return {
    photo: nameOf(content),
    painting: nameOf(style),
    seconds,
    cpuSeconds,
    evaluations,
    ruler,
    recipe,
  };
}

function page(entries: readonly Entry[]): string {
  const photos = [...new Set(entries.map(({ photo }) => photo))];
  const paintings = [...new Set(entries.map(({ painting }) => painting))];
  const sheet = photos.map((photo) => {
    const cells = paintings.map((painting) =>
      entries.some((entry) => entry.photo === photo && entry.painting === painting)
        ? `![${photo} as ${painting}](${photo}-${painting}.jpg)`
        : "not made yet",
    );
    return `| ${cells.join(" | ")} |`;
  });
  const rows = entries.map(({ photo, painting, seconds, cpuSeconds, evaluations, ruler }) => {
    const { content, style, gapClosed, ssim } = ruler;
    const numbers = [content, style.total, gapClosed.total, ssim].map((value) =>
      (value ?? NaN).toFixed(3),
    );
    const times = [seconds, cpuSeconds].map((value) => value.toFixed(0));
    return `| ${[photo, painting, ...numbers, evaluations, ...times].join(" | ")} |`;
  });
  return [
    "# Contact sheet",
    "",
    "Photos in the style of paintings by the default method, made by `bench/contactSheet.ts`.",
    "",
    `| ${paintings.join(" | ")} |`,
    `|${paintings.map(() => "---").join("|")}|`,
    ...sheet,
    "",
    "Content and style are distances on the fixed ruler (0 is the photo, 0 is the painting), gap closed is",
    "the share of the photo's style distance that is gone. Two cores, other work going on, which the",
    "seconds contain and the CPU seconds, of all threads, hardly do.",
    "",
    "| photo | painting | content | style | gap closed | ssim | evaluations | s | CPU s |",
    "|---|---|---|---|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

await mkdir(out, { recursive: true });
const entries: Entry[] = existsSync(resultsPath)
  ? (JSON.parse(await readFile(resultsPath, "utf8")) as Entry[])
  : [];
for (const content of options.photos.split(",").filter(Boolean)) {
  for (const style of options.paintings.split(",").filter(Boolean)) {
    const done = entries.some(
      ({ photo, painting }) => photo === nameOf(content) && painting === nameOf(style),
    );
    if (done) continue;
    const entry = await paint(content, style);
    entries.push(entry);
    console.log(entry.photo, entry.painting, entry.seconds.toFixed(0), entry.ruler.style.total);
    await writeFile(resultsPath, `${JSON.stringify(entries, undefined, 2)}\n`);
  }
}
await writeFile(join(out, "README.md"), page(entries));
