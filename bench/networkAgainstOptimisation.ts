/**
 * How many iterations of explicit optimisation a trained network is worth: on photos that it has
 * never seen, its own training objective is minimised by L-BFGS from the photo until it falls below
 * what the network reaches in one pass. Johnson et al. 2016 claim 50 to 100 iterations. Prints a
 * table; decides nothing.
 *
 * `npm run ts -- bench/networkAgainstOptimisation.ts NETWORK.onnx --paintings DIR --photos DIR
 * --models DIR [--count 10] [--size 256] [--most 150] [--styles carceri,udnie]`
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createGraph, input, tensor, type Runtime } from "@deepstyle/engine";
import {
  conditionalInstanceNorm,
  constantValues,
  decodeNetwork,
  listImages,
  loadObjective,
  lossNetworkOptions,
  measureStatistics,
  ModelStore,
  nodeRuntime,
  optimisers,
  readImage,
  resize,
  trainingCriterion,
  settleTraining,
  trainingOptions,
  transformer,
  type Network,
  type Raster,
  type TrainingOptions,
} from "deepstyle";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    paintings: { type: "string" },
    photos: { type: "string" },
    models: { type: "string" },
    count: { type: "string", default: "10" },
    size: { type: "string", default: "256" },
    most: { type: "string", default: "150" },
    styles: { type: "string" },
  },
});
const size = Number(values.size);
const most = Number(values.most);

/** The middle of a photo, `size` px on each side. */
function square(photo: Raster): Raster {
  const factor = size / Math.min(photo.width, photo.height);
  const width = Math.max(size, Math.round(photo.width * factor));
  const height = Math.max(size, Math.round(photo.height * factor));
  const whole = resize(photo, { width, height }, "triangle");
  const [left, top] = [(width - size) >> 1, (height - size) >> 1];
  const data = new Float32Array(3 * size * size);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < size; y++) {
      const from = (c * height + top + y) * width + left;
      data.set(whole.data.subarray(from, from + size), (c * size + y) * size);
    }
  return { width: size, height: size, data };
}

/** What the network makes of a photo, unclipped, as training sees it. */
async function stylized(
  runtime: Runtime,
  { architecture, weights }: Network,
  style: number,
  { data }: Raster,
): Promise<Float32Array> {
  const image = input("image", [1, 3, size, size]);
  const mixture = input("mixture", [1, architecture.styles]);
  const values = constantValues({ architecture, weights });
  const normalise = conditionalInstanceNorm(mixture);
  const program = await runtime.compile(
    createGraph({ y: transformer(architecture, image, values, normalise) }),
  );
  const shares = Float32Array.from({ length: architecture.styles }, (_, i) => Number(i === style));
  const { y } = await program.run({
    image: tensor(data, [1, 3, size, size]),
    mixture: tensor(shares, [1, architecture.styles]),
  });
  await program.dispose();
  return y.data as Float32Array;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

const network = decodeNetwork(await readFile(positionals[0]!));
const options: TrainingOptions = settleTraining(
  trainingOptions.parse(network.training["options"]),
  "vgg19",
);
const criterion = trainingCriterion(options);
const store = new ModelStore({ models: values.models });
const encoder = await store.loadEncoder(options.encoder, lossNetworkOptions(options));
const runtime = await nodeRuntime({ device: "cpu" });
const paths = (await listImages(values.photos!)).slice(0, Number(values.count));
const photos = (await Promise.all(paths.map((path) => readImage(path)))).map(square);

console.log("| style | network's loss | photo's loss | equal to iterations (median, range) |");
console.log("|---|---|---|---|");
for (const [style, { name, size: ownSize }] of network.styles.entries()) {
  if (values.styles?.split(",").includes(name) === false) continue;
  const painting = await readImage(join(values.paintings!, `${name}.jpg`));
  const factor = (ownSize ?? options.styleSize) / Math.min(painting.width, painting.height);
  const model = resize(
    painting,
    { width: Math.round(painting.width * factor), height: Math.round(painting.height * factor) },
    "triangle",
  );
  const [contentTerm, styleTerm] = criterion.features;
  const wanted = await measureStatistics(runtime, encoder, styleTerm!, model);
  const found = { network: [] as number[], photo: [] as number[], iterations: [] as number[] };
  for (const photo of photos) {
    const content = await measureStatistics(runtime, encoder, contentTerm!, photo);
    const place = { width: size, height: size };
    const targets = { ...content, ...wanted };
    const objective = await loadObjective(runtime, encoder, criterion, place, targets);
    const own = await objective.evaluate(await stylized(runtime, network, style, photo));
    const start = await objective.evaluate(photo.data);
    const optimiser = optimisers.lbfgs({ toleranceChange: 0, toleranceGradient: 0 });
    const pixels = photo.data.slice();
    let iterations = 0;
    let loss = start.total;
    while (loss > own.total && iterations < most) {
      const { lossAfter } = await optimiser.step(pixels, async (x) => {
        const { total, gradient } = await objective.evaluate(x);
        return { loss: total, gradient };
      });
      iterations++;
      loss = lossAfter!;
    }
    await objective.dispose();
    found.network.push(own.total);
    found.photo.push(start.total);
    found.iterations.push(loss > own.total ? Infinity : iterations);
  }
  const range = `${Math.min(...found.iterations)} to ${Math.max(...found.iterations)}`;
  const cells = [
    name,
    median(found.network).toFixed(2),
    median(found.photo).toFixed(2),
    `${median(found.iterations)} (${range.replaceAll("Infinity", `over ${most}`)})`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
await runtime.dispose();
