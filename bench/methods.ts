/**
 * The methods side by side on the fixed ruler: `gatys`, the default at several content weights, and the
 * ladder of crowsonkb/style-transfer-pytorch with its published settings in this engine. Prints a
 * table with the style distance of the default at the ladder's content distance, interpolated in the
 * logarithm over the weights, and writes every picture. What is in the results file is not run again.
 *
 * `npm run ts -- bench/methods.ts --models DIR --pairs photo.jpg:painting.jpg,… [--size 512]
 * [--methods "deepstyle 1,deepstyle 3,deepstyle 6,gatys,ladder"] [--out bench/results/methods]`
 *
 * The default goes by `deepstyle` and a content weight. The ladder takes about 20 minutes a pair on two
 * cores. Seconds on a shared machine depend on what else it does; CPU seconds, of all threads of this
 * process, hardly do.
 */

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { parseArgs } from "node:util";
import {
  contentLoss,
  evaluate,
  fitLongSide,
  ladder,
  ModelStore,
  nodeRuntime,
  optimise,
  optimisers,
  readImage,
  resize,
  stylize,
  totalVariation,
  vgg19,
  vgg19Convolutions,
  vgg19Preprocessing,
  wassersteinLoss,
  writeImage,
  type Plan,
  type Raster,
  type RulerResult,
} from "deepstyle";

interface Run {
  readonly pair: string;
  readonly method: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly evaluations: number;
  readonly ruler: RulerResult;
}

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    pairs: { type: "string", default: "" },
    size: { type: "string", default: "512" },
    methods: { type: "string", default: "deepstyle 1,deepstyle 3,deepstyle 6,gatys,ladder" },
    out: { type: "string", default: "bench/results/methods" },
  },
});
const size = Number(options.size);
const store = new ModelStore(options.models === undefined ? {} : { models: options.models });
const resultsPath = join(options.out, "results.json");

/**
 * Settings of style-transfer-pytorch: W2 with weights falling fourfold from relu1_1, content 0.015,
 * nine-point total variation 2, Adam 0.02 with β₂ 0.99, averaging 0.99, 1000 steps and then 500 a
 * scale, each √2 times the one before.
 */
const ladderPlan: Plan = {
  stages: ladder(size, 12).map((longSide, i) => ({ longSide, iterations: i === 0 ? 1000 : 500 })),
  criterion: {
    features: [
      { name: "content", weight: 0.015 * 2, layers: { relu4_2: 1 }, loss: contentLoss },
      {
        name: "style",
        weight: 1 / 341,
        layers: { relu1_1: 256, relu2_1: 64, relu3_1: 16, relu4_1: 4, relu5_1: 1 },
        loss: wassersteinLoss,
      },
    ],
    image: [{ name: "tv", weight: 2, build: totalVariation }],
  },
  createOptimiser: () => optimisers.adam({ lr: 0.02, b2: 0.99, bounds: { lower: 0, upper: 1 } }),
  averaging: 0.99,
  keepsState: true,
};

/**
 * Features of Caffe's network are about as many times larger than torchvision's, for which those
 * weights were found, as its input is: 255 / (1 / 0.225).
 */
const featureScale = 58;

async function paintLadder(
  content: Raster,
  painting: Raster,
): Promise<{ picture: Raster; evaluations: number }> {
  const { content: file } = await store.read("vgg19");
  const same = vgg19Convolutions.map(
    ({ name, channels }) =>
      [name.replace("conv", "relu"), new Float32Array(channels).fill(featureScale)] as const,
  );
  const encoder = vgg19(file.tensors, {
    preprocessing: vgg19Preprocessing(file.metadata),
    edge: "replicate",
    channelMeans: Object.fromEntries(same),
  });
  const runtime = await nodeRuntime({ device: "cpu", keepIdle: 0 });
  try {
    return await optimise({
      runtime,
      encoder,
      plan: ladderPlan,
      content,
      styles: [{ picture: painting, weight: 1 }],
      initial: resize(content, fitLongSide(content, ladderPlan.stages[0]!.longSide)),
      onIterate: ({ iteration, scale, seconds, totalLoss }) => {
        if (iteration % 100 === 0)
          console.error(`ladder ${iteration} ${scale} px ${seconds.toFixed(0)} s ${totalLoss}`);
      },
    });
  } finally {
    await runtime.dispose();
  }
}

async function paint(
  method: string,
  content: string,
  style: string,
): Promise<{ picture: Raster; evaluations: number }> {
  if (method === "ladder") return paintLadder(await readImage(content), await readImage(style));
  const [name, weight] = method.split(" ");
  return stylize({
    content,
    styles: [style],
    models: store,
    size,
    method: name as "gatys" | "deepstyle",
    ...(weight !== undefined && { contentWeight: Number(weight) }),
  });
}

/** Style distance at a content distance, by straight lines in log S between neighbouring runs. */
function styleAt(content: number, runs: readonly Run[]): number | undefined {
  const sorted = [...runs].sort((a, b) => a.ruler.content - b.ruler.content);
  for (const [i, right] of sorted.entries()) {
    const left = sorted[i - 1];
    if (left === undefined || right.ruler.content < content || left.ruler.content > content)
      continue;
    const share = (content - left.ruler.content) / (right.ruler.content - left.ruler.content || 1);
    const [a, b] = [Math.log(left.ruler.style.total), Math.log(right.ruler.style.total)];
    return Math.exp(a + share * (b - a));
  }
  return undefined;
}

function nameOf(path: string): string {
  return basename(path, extname(path));
}

await mkdir(options.out, { recursive: true });
const runs: Run[] = existsSync(resultsPath)
  ? (JSON.parse(await readFile(resultsPath, "utf8")) as Run[])
  : [];
const methods = options.methods.split(",");
for (const [content, style] of options.pairs.split(",").map((pair) => pair.split(":"))) {
  if (content === undefined || style === undefined) continue;
  const pair = `${nameOf(content)}, ${nameOf(style)}`;
  for (const method of methods) {
    if (runs.some((run) => run.pair === pair && run.method === method)) continue;
    const started = performance.now();
    const cpuBefore = process.cpuUsage();
    const { picture, evaluations } = await paint(method, content, style);
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(cpuBefore);
    const cpuSeconds = (user + system) / 1e6;
    const ruler = await evaluate({ picture, content, style, models: store });
    const file = `${nameOf(content)}-${nameOf(style)}-${method.replace(" ", "-")}.jpg`;
    await writeImage(join(options.out, file), picture);
    runs.push({ pair, method, seconds, cpuSeconds, evaluations, ruler });
    await writeFile(resultsPath, `${JSON.stringify(runs, undefined, 2)}\n`);
  }
}

console.log("| pair | method | content | style | gap closed | ssim | evaluations | s | CPU s |");
console.log("|---|---|---|---|---|---|---|---|---|");
for (const { pair, method, ruler, evaluations, seconds, cpuSeconds } of runs) {
  const { content, style, gapClosed, ssim } = ruler;
  const numbers = [content, style.total, gapClosed.total, ssim].map((value) =>
    (value ?? NaN).toFixed(3),
  );
  console.log(
    `| ${[pair, method, ...numbers, evaluations, ...[seconds, cpuSeconds].map((value) => value.toFixed(0))].join(" | ")} |`,
  );
}
for (const reference of runs.filter(({ method }) => method === "ladder")) {
  const own = runs.filter(
    ({ pair, method }) => pair === reference.pair && method.startsWith("deepstyle"),
  );
  const style = styleAt(reference.ruler.content, own);
  console.log(
    `${reference.pair}: at the ladder's content ${reference.ruler.content.toFixed(3)} the default has style ${style?.toFixed(3) ?? "(outside its weights)"}, the ladder ${reference.ruler.style.total.toFixed(3)}`,
  );
}
