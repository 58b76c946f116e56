/**
 * Images per second of training a network, the whole step with Adam on the device. Prints a table;
 * decides nothing.
 *
 * `npm run ts -- bench/trainingStep.ts [--models DIR] [--sizes 128,256] [--widths half] [--batch 4]
 * [--encoder vgg19]
 * [--runs 5]`
 */

import { parseArgs } from "node:util";
import {
  Batches,
  contentLoss,
  defaultArchitecture,
  initialState,
  initialWeights,
  measureStatistics,
  ModelStore,
  networkWidths,
  nodeRuntime,
  relativeGramLoss,
  seededRandom,
  styleTables,
  totalVariation,
  Trainer,
  type Architecture,
  type Raster,
  type TrainingPlan,
} from "deepstyle";

const { values: options } = parseArgs({
  options: {
    models: { type: "string" },
    sizes: { type: "string", default: "128,256" },
    widths: { type: "string", default: "half" },
    batch: { type: "string", default: "4" },
    encoder: { type: "string", default: "vgg19" },
    runs: { type: "string", default: "5" },
  },
});

function noise(width: number, height: number, seed: number): Raster {
  const random = seededRandom(seed);
  return { width, height, data: new Float32Array(3 * width * height).map(() => random.uniform()) };
}

const store = new ModelStore(options.models === undefined ? {} : { models: options.models });
const encoder = await store.loadEncoder(options.encoder, { pooling: "average", edge: "replicate" });
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 0 });
const batch = Number(options.batch);
const contentLayers = options.encoder === "lite" ? { relu2_1: 1 } : { relu2_2: 1 };

console.log("| width | side | s | images/s |");
console.log("|---|---|---|---|");
for (const width of options.widths.split(",") as Architecture["width"][]) {
  if (!networkWidths.includes(width)) throw new Error(`no width ${width}`);
  for (const size of options.sizes.split(",").map(Number)) {
    const plan: TrainingPlan = {
      architecture: { ...defaultArchitecture, width, styles: 10 },
      encoder,
      criterion: {
        features: [
          { name: "content", weight: 1, layers: contentLayers, loss: contentLoss },
          {
            name: "style",
            weight: 1,
            layers: { relu1_1: 1, relu2_1: 1, relu3_1: 1, relu4_1: 1 },
            loss: relativeGramLoss,
          },
        ],
        image: [{ name: "tv", weight: 1, build: totalVariation }],
      },
      batch,
      size,
      accumulate: 1,
      stabilityWeight: 0,
      trains: "all",
    };
    const term = plan.criterion.features[1]!;
    const painting = await measureStatistics(runtime, encoder, term, noise(256, 256, 1));
    const targets = styleTables(Array.from({ length: 10 }, () => painting));
    const state = initialState(plan, initialWeights(plan.architecture, 0));
    const trainer = await Trainer.start(runtime, plan, targets, state);
    const photo = noise(size, size, 2);
    const batches = new Batches({
      source: { count: 1, read: () => Promise.resolve(photo) },
      batch,
      size,
      photoSize: size,
      styles: 10,
      seed: 0,
      motion: false,
    });
    const first = await batches.at(0);
    await trainer.update([first], 1e-3);
    const times: number[] = [];
    for (let i = 0; i < Number(options.runs); i++) {
      const before = performance.now();
      await trainer.update([first], 1e-3);
      times.push((performance.now() - before) / 1000);
    }
    await trainer.dispose();
    const seconds = times.sort((a, b) => a - b)[times.length >> 1]!;
    console.log(`| ${width} | ${size} | ${seconds.toFixed(3)} | ${(batch / seconds).toFixed(2)} |`);
  }
}
await runtime.dispose();
