/**
 * The pictures of docs/guide.md, painted from the project's own example pictures:
 * `npm run ts -- scripts/guidePictures.ts [NAME …] [--size 224] [--iterations 60]`
 *
 * Without names all are made. They are small, and the encoder that comes with the program looks at them,
 * so that anybody can make them. Those about colours in the guide were made with 288 px and 80 iterations,
 * those about regions with 288 px and 120.
 */

import { parseArgs } from "node:util";
import {
  nodeRuntime,
  resize,
  stylize,
  stylizeWithNetwork,
  Timelapse,
  unknownName,
  type Raster,
  type StylizeEvent,
  type StylizeOptions,
} from "deepstyle";
import { above, drawMask } from "./support/masks.ts";
import { writeSheet, type Tile } from "./support/sheet.ts";

const { values, positionals } = parseArgs({
  options: {
    size: { type: "string", default: "224" },
    iterations: { type: "string", default: "60" },
  },
  allowPositionals: true,
});
const [size, iterations] = [Number(values.size), Number(values.iterations)];

const place = (name: string): string => `examples/pictures/${name}.jpg`;
const [landscape, strokes, waves, glass, stillLife] = [
  "landscape",
  "brush-strokes",
  "waves",
  "stained-glass",
  "still-life",
].map(place) as [string, string, string, string, string];

const runtime = await nodeRuntime({ device: "cpu", keepIdle: 0 });
const made = new Map<string, Promise<Raster>>();

/** The landscape, or another photo, by optimisation; what two sheets show is painted once. */
function optimised(options: Partial<StylizeOptions>): Promise<Raster> {
  const key = JSON.stringify(options);
  const known = made.get(key) ?? paint(options);
  made.set(key, known);
  return known;
}

async function paint(options: Partial<StylizeOptions>): Promise<Raster> {
  const usual = { content: landscape, styles: [strokes], encoder: "lite" } as const;
  return (await stylize({ ...usual, size, iterations, runtime, ...options })).picture;
}

async function byNetwork(options: object): Promise<Raster> {
  return (await stylizeWithNetwork({ content: landscape, size, runtime, ...options })).picture;
}

const mixed = (share: number) => ({
  styles: [
    { picture: strokes, weight: 1 - share },
    { picture: glass, weight: share },
  ].filter(({ weight }) => weight > 0),
});

// Masks need the photo's proportions and not its size.
const maskSize = { width: 192, height: 128 };
const [skyline, ramp] = [above(maskSize, 0.4, 0.04), drawMask(maskSize, (x) => x)];
const shown = (mask: Raster) => (): Promise<Raster> =>
  Promise.resolve(resize(mask, { width: size, height: Math.round((size * 2) / 3) }));

/** Each sheet: its labels, and how each picture is made. */
const sheets: Readonly<Record<string, Readonly<Record<string, () => Promise<Raster>>>>> = {
  "preserve-color": {
    none: () => optimised({}),
    luminance: () => optimised({ preserveColor: "luminance" }),
    match: () => optimised({ preserveColor: "match" }),
    chroma: () => optimised({ preserveColor: "chroma" }),
  },
  "preserve-color-network": {
    none: () => byNetwork({ styles: ["starry-night"] }),
    luminance: () => byNetwork({ styles: ["starry-night"], preserveColor: "luminance" }),
    match: () => byNetwork({ styles: ["starry-night"], preserveColor: "match" }),
    chroma: () => byNetwork({ styles: ["starry-night"], preserveColor: "chroma" }),
  },
  "color-matching": {
    sym: () => optimised({ styles: [waves], preserveColor: "match" }),
    pca: () => optimised({ styles: [waves], preserveColor: "match", colorMatching: "pca" }),
    cholesky: () =>
      optimised({ styles: [waves], preserveColor: "match", colorMatching: "cholesky" }),
  },
  palette: {
    "palette 0": () => optimised({}),
    "palette 0.5": () => optimised({ preserveColor: "match", palette: 0.5 }),
    "palette 1": () => optimised({ preserveColor: "match" }),
  },
  "style-rotate": {
    "0°": () => optimised({}),
    "90°": () => optimised({ styleRotate: 90 }),
  },
  "style-scale": {
    "scale 0.25": () => optimised({ styleScale: 0.25 }),
    "scale 0.25, nearest": () => optimised({ styleScale: 0.25, styleFilter: "nearest" }),
    "scale 1": () => optimised({}),
  },
  styles: Object.fromEntries(
    [0, 0.5, 1].map((share) => [
      `glass ${share}`,
      () => optimised(share === 0 ? {} : mixed(share)),
    ]),
  ),
  regions: {
    "the mask": shown(skyline),
    "brush strokes below, glass above": () =>
      optimised({ regions: [{ mask: skyline, picture: glass }] }),
    "by a network, two other styles": () =>
      byNetwork({ styles: ["starry-night"], regions: [{ mask: skyline, style: "great-wave" }] }),
  },
  "regions-gradient": {
    "the mask": shown(ramp),
    "from brush strokes to glass": () => optimised({ regions: [{ mask: ramp, picture: glass }] }),
  },
  "fine-style": {
    "stained glass": () => optimised(mixed(1)),
    "its forms, strokes of the other": () => optimised({ ...mixed(1), fineStyle: strokes }),
    "brush strokes": () => optimised({}),
  },
  "pixel-loss": {
    "no pixel loss": () => optimised({}),
    "landscape.jpg:200": () => optimised({ pixelLoss: 200, reference: landscape }),
  },
  "detail-weight": {
    "no weight": () => optimised({ content: stillLife }),
    "weight 500": () => optimised({ content: stillLife, detailWeight: 500 }),
  },
};

/** A film of the landscape while it is painted, small enough for a page. */
async function timelapse(): Promise<void> {
  const film = new Timelapse("docs/pictures/guide/timelapse.webp");
  const watched = { size: 128, onEvent: (event: StylizeEvent) => film.show(event) };
  await film.end(await paint({ styles: [glass], ...watched }));
}

const all = [...Object.keys(sheets), "timelapse"];
for (const name of positionals.length === 0 ? all : positionals) {
  if (name === "timelapse") {
    await timelapse();
    continue;
  }
  const sheet = sheets[name];
  if (sheet === undefined) throw unknownName("picture of the guide", name, all);
  const tiles: Tile[] = [];
  for (const [label, make] of Object.entries(sheet)) {
    tiles.push({ name: label, picture: await make() });
    console.error(`${name}: ${label}`);
  }
  await writeSheet(`docs/pictures/guide/${name}.jpg`, tiles, tiles.length);
}
await runtime.dispose();
