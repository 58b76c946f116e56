/**
 * The pictures of docs/guide.md, painted from the project's own example pictures:
 * `npm run ts -- scripts/guidePictures.ts [NAME …] [--size 224] [--iterations 60] [--models DIR]`
 *
 * Without names all are made, `watch` only where Chromium is found, `encoder` only where VGG-19 is. They are
 * small, and the encoder that comes with the program looks at the others, so that anybody can make them. Those
 * about colours in the guide were made with 288 px and 80 iterations, those about regions with 288 px and 120.
 */

import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import {
  encoderOptionsOf,
  fitLongSide,
  ModelStore,
  nodeRuntime,
  objectiveTiles,
  planOf,
  readImage,
  recipeOptions,
  resize,
  settleRecipe,
  stylize,
  stylizeWithNetwork,
  Timelapse,
  unknownName,
  WatchPage,
  writeImage,
  type Raster,
  type StylizeEvent,
  type StylizeOptions,
} from "deepstyle";
import { chromiumPath } from "../packages/node/test/runtime/chromium.ts";
import { middle } from "./support/cut.ts";
import { drawTiles } from "./support/drawTiles.ts";
import { above, drawMask } from "./support/masks.ts";
import { photograph } from "./support/photograph.ts";
import { writeSheet, type Tile } from "./support/sheet.ts";

const { values, positionals } = parseArgs({
  options: {
    size: { type: "string", default: "224" },
    iterations: { type: "string", default: "60" },
    models: { type: "string" },
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
const models = new ModelStore({ models: values.models });
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
  return (await stylize({ ...usual, size, iterations, models, runtime, ...options })).picture;
}

/** Strokes of a network are as broad in pixels at any size: painted larger, a small picture has room for them. */
async function byNetwork(options: object): Promise<Raster> {
  const given = { content: landscape, size: 2 * size, runtime, ...options };
  return broughtTo(
    size,
    stylizeWithNetwork(given).then(({ picture }) => picture),
  );
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

/** A picture made as large as those beside it. */
async function broughtTo(longSide: number, picture: Promise<Raster>): Promise<Raster> {
  const made = await picture;
  return resize(made, fitLongSide(made, longSide), "triangle");
}

/** Gives work a folder that is there until it ends. */
async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "deepstyle-guide-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A picture that is worth a preview. */
const foretold = { size: 800, quality: "good", iterations: undefined } as const;

/** Its preview is the command's affair, which `npm run build` brings up to date. */
function previewOfIt(): Promise<Raster> {
  return inFolder(async (folder) => {
    const given = [
      landscape,
      "--style",
      strokes,
      "--encoder",
      "lite",
      "--size",
      String(foretold.size),
    ];
    const output = ["-o", join(folder, "out.png"), "--preview"];
    const command = ["packages/node/bin/deepstyle.js", "stylize", ...given, ...output];
    await promisify(execFile)(process.execPath, command);
    return await readImage(join(folder, "out-preview.png"));
  });
}

const middleOf = async (picture: Promise<Raster>, share: number): Promise<Raster> =>
  middle(await picture, share);

// What is to be smoothed is as small as pixels.
const smoothed = (tvWeight: number): Promise<Raster> =>
  broughtTo(
    288,
    middleOf(
      optimised({ content: stillLife, styles: [waves], size: 288, iterations: 200, tvWeight }),
      0.4,
    ),
  );

/** A sky with nothing in it but a sun, as JPEG keeps it, painted by a network. */
function evening(grain: number): Promise<Raster> {
  return inFolder(async (folder) => {
    const [width, height] = [384, 256];
    const data = new Float32Array(3 * width * height);
    const [high, low, sun, hill] = [
      [0.42, 0.55, 0.75],
      [0.95, 0.72, 0.5],
      [1, 0.95, 0.8],
      [0.18, 0.22, 0.2],
    ] as const;
    for (const [i] of data.entries()) {
      const [c, x, y] = [
        Math.floor(i / (width * height)),
        i % width,
        Math.floor(i / width) % height,
      ] as [0 | 1 | 2, number, number];
      const ridge = 190 + 18 * Math.sin(x / 40) + 9 * Math.sin(x / 13);
      const sky = high[c] + ((low[c] - high[c]) * y) / ridge;
      const light = Math.hypot(x - 270, y - 90) < 26 ? sun[c] : sky;
      data[i] = y > ridge ? hill[c] : light;
    }
    const content = join(folder, "evening.jpg");
    await writeImage(content, { width, height, data });
    const { picture } = await stylizeWithNetwork({
      content,
      styles: ["la-calanque"],
      grain,
      runtime,
    });
    return picture;
  });
}

// Size and steps are those of the quality.
const ofQuality = (quality: "draft" | "good" | "best"): Promise<Raster> =>
  optimised({ content: stillLife, quality, size: undefined, iterations: undefined });

// At this size a memory that is too small by little makes several tiles.
const tiled = { size: 400, styles: [glass] };
let tileSide = 0;

function inTiles(): Promise<Raster> {
  const onEvent = (event: StylizeEvent): void => {
    if (event.kind === "plan") tileSide = event.stages.at(-1)!.tiles!.side;
  };
  return optimised({ ...tiled, memory: 705e6, onEvent });
}

async function tilesDrawn(): Promise<Raster> {
  const [whole, picture] = [await optimised(tiled), await inTiles()];
  const apart = whole.data.reduce(
    (most, x, i) => Math.max(most, Math.abs(x - picture.data[i]!)),
    0,
  );
  console.error(`memory: in tiles a value differs by ${(255 * apart).toFixed(1)} of 255 at most`);
  const recipe = settleRecipe(recipeOptions.parse({ encoder: "lite", size: tiled.size }));
  const encoder = await models.loadEncoder(recipe.encoder, encoderOptionsOf(recipe));
  const { criterion } = planOf(recipe, picture);
  return drawTiles(picture, objectiveTiles(encoder, criterion, picture, tileSide));
}

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
    "strokes below, glass above": () => optimised({ regions: [{ mask: skyline, picture: glass }] }),
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
  "alpha-beta": {
    "beta 2": () => optimised({ styleWeight: 2 }),
    "beta 18.4": () => optimised({}),
    "beta 150": () => optimised({ styleWeight: 150 }),
  },
  strength: {
    "strength 0.25": () => optimised({ strength: 0.25 }),
    "strength 0.5": () => optimised({ strength: 0.5 }),
    "strength 1": () => optimised({}),
  },
  "strength-network": {
    "strength 0.25": () => byNetwork({ styles: ["starry-night"], strength: 0.25 }),
    "strength 0.5": () => byNetwork({ styles: ["starry-night"], strength: 0.5 }),
    "strength 1": () => byNetwork({ styles: ["starry-night"] }),
  },
  grain: {
    "grain 0": () => evening(0),
    "grain 2": () => evening(2),
    "grain 6": () => evening(6),
  },
  "tv-weight": {
    "weight 0": () => smoothed(0),
    "weight 50": () => smoothed(50),
    "weight 500": () => smoothed(500),
  },
  init: {
    "from the photo": () => optimised({}),
    "from noise": () => optimised({ init: "noise" }),
    "from the painting": () => optimised({ init: "style" }),
  },
  method: {
    deepstyle: () => optimised({}),
    gatys: () => optimised({ method: "gatys", iterations: 2 * iterations }),
    "gatys, from the photo": () =>
      optimised({ method: "gatys", init: "content", iterations: 2 * iterations }),
  },
  "style-layers": {
    "relu1_1 alone": () => optimised({ styleLayers: { relu1_1: 1 } }),
    "relu3_1 alone": () => optimised({ styleLayers: { relu3_1: 1 } }),
    "relu5_1 alone": () => optimised({ styleLayers: { relu5_1: 1 } }),
    "all five": () => optimised({}),
  },
  "content-layers": {
    relu2_1: () => optimised({ contentLayers: { relu2_1: 1 } }),
    relu4_2: () => optimised({}),
    relu5_1: () => optimised({ contentLayers: { relu5_1: 1 } }),
  },
  "style-loss": {
    gram: () => optimised({ styleLoss: "gram" }),
    relative: () => optimised({ styleLoss: "relative" }),
    moments: () => optimised({}),
    wasserstein: () => optimised({ styleLoss: "wasserstein" }),
  },
  pooling: {
    max: () => optimised({}),
    average: () => optimised({ pooling: "average" }),
    l2: () => optimised({ pooling: "l2" }),
  },
  optimizer: {
    lbfgs: () => optimised({}),
    adam: () => optimised({ optimizer: "adam" }),
    sgd: () => optimised({ optimizer: "sgd" }),
    adagrad: () => optimised({ optimizer: "adagrad" }),
  },
  scales: {
    "1 scale": () => broughtTo(288, optimised({ size: 400, scales: 1 })),
    "4 scales": () => broughtTo(288, optimised({ size: 400 })),
  },
  quality: {
    "draft, 384 px": () => broughtTo(256, ofQuality("draft")),
    "good, 512 px": () => broughtTo(256, ofQuality("good")),
    "best, 768 px": () => broughtTo(256, ofQuality("best")),
    "the middle of draft": () => broughtTo(256, middleOf(ofQuality("draft"), 1 / 3)),
    "of good": () => broughtTo(256, middleOf(ofQuality("good"), 1 / 3)),
    "of best": () => broughtTo(256, middleOf(ofQuality("best"), 1 / 3)),
  },
  preview: {
    "the preview, 400 px": previewOfIt,
    "the picture of 800 px, made as small": () => broughtTo(400, optimised(foretold)),
  },
  encoder: { vgg19: () => byEncoder("vgg19"), lite: () => byEncoder("lite") },
  memory: {
    "in one piece": () => optimised(tiled),
    "in tiles": inTiles,
    "the tiles, and what one of them sees": tilesDrawn,
  },
};

/** The same by both encoders, at a size that shows what they see. */
const byEncoder = (encoder: "vgg19" | "lite"): Promise<Raster> =>
  optimised({ content: stillLife, encoder, size: 384, iterations: 200 });

/** Pictures in a row, where not all are in one. */
const columns: Readonly<Record<string, number>> = { quality: 3 };

/** A film of the landscape while it is painted, small enough for a page. */
async function timelapse(): Promise<void> {
  const film = new Timelapse("docs/pictures/guide/timelapse.webp");
  const watched = { size: 128, onEvent: (event: StylizeEvent) => film.show(event) };
  await film.end(await paint({ styles: [glass], ...watched }));
}

/** The page of a picture that is painted, as it was last before the end. */
async function watch(): Promise<void> {
  if (chromiumPath() === undefined) {
    console.error("watch: left out, as there is no Chromium to show the page.");
    return;
  }
  await inFolder(async (folder) => {
    const path = join(folder, "watch.html");
    const page = new WatchPage(path, "out.png", (write) => write());
    await paint({ size: 400, iterations: 150, onEvent: (event: StylizeEvent) => page.show(event) });
    await photograph(path, "docs/pictures/guide/watch.jpg", 480);
  });
}

const others: Readonly<Record<string, () => Promise<void>>> = { timelapse, watch };

const all = [...Object.keys(sheets), ...Object.keys(others)];
for (const name of positionals.length === 0 ? all : positionals) {
  const other = others[name];
  if (other !== undefined) {
    await other();
    continue;
  }
  const sheet = sheets[name];
  if (sheet === undefined) throw unknownName("picture of the guide", name, all);
  if (name === "encoder" && (await models.usualEncoder()) !== "vgg19") {
    console.error("encoder: left out, as VGG-19 is not there to compare with.");
    continue;
  }
  const tiles: Tile[] = [];
  for (const [label, make] of Object.entries(sheet)) {
    tiles.push({ name: label, picture: await make() });
    console.error(`${name}: ${label}`);
  }
  await writeSheet(`docs/pictures/guide/${name}.jpg`, tiles, columns[name] ?? tiles.length);
}
await runtime.dispose();
