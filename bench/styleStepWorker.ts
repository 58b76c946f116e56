/** One configuration of `styleStep.ts`: answers lines on standard input with milliseconds. */

import { createInterface } from "node:readline";
import {
  constant,
  createGraph,
  input,
  ops,
  seededRandom,
  tensor,
  type Tensor,
} from "@deepstyle/engine";
import {
  caffePreprocessing,
  contentLoss,
  gramLoss,
  nodeRuntime,
  objectiveGraph,
  recipeOptions,
  planOf,
  settleRecipe,
  vgg19,
  vgg19Convolutions,
  type Criterion,
  type Pooling,
  type Weights,
} from "deepstyle";

const [mode, sizeText, pooling = "average"] = process.argv.slice(2);
const size = Number(sizeText);
const random = seededRandom(1);
const runtime = await nodeRuntime({ device: "cpu" });

const criterion: Criterion = {
  features: [
    { name: "content", weight: 1, layers: { relu4_2: 1 }, loss: contentLoss },
    {
      name: "style",
      weight: 1,
      layers: { relu1_1: 0.2, relu2_1: 0.2, relu3_1: 0.2, relu4_1: 0.2, relu5_1: 0.2 },
      loss: gramLoss,
    },
  ],
  image: [],
};

/** Weights as He et al. draw them, with the names and shapes of the real ones. */
function randomWeights(): Weights {
  const weights = new Map();
  for (const { index, channels, inputChannels } of vgg19Convolutions) {
    const deviation = Math.sqrt(2 / (9 * inputChannels));
    const data = new Float32Array(channels * inputChannels * 9);
    random.fillNormal(data, { standardDeviation: deviation });
    weights.set(`features.${index}.weight`, {
      dtype: "F32",
      shape: [channels, inputChannels, 3, 3],
      data,
    });
    weights.set(`features.${index}.bias`, {
      dtype: "F32",
      shape: [channels],
      data: new Float32Array(channels),
    });
  }
  return weights;
}

function noise(shape: readonly number[]): Tensor {
  const data = new Float32Array(shape.reduce((count, dim) => count * dim, 1));
  for (let i = 0; i < data.length; i++) data[i] = random.uniform();
  return tensor(data, shape);
}

/** A function that makes one step. */
async function prepare(): Promise<() => Promise<unknown>> {
  if (mode === "product") {
    const [a, b] = [input("a", [size, size]), input("b", [size, size])];
    const program = await runtime.compile(createGraph({ y: ops.reduceSum(ops.matMul(a, b)) }));
    await program.bind({ a: noise([size, size]), b: noise([size, size]) });
    return () => program.run();
  }
  const encoder = vgg19(randomWeights(), {
    preprocessing: caffePreprocessing,
    pooling: pooling as Pooling,
  });
  const graph = objectiveGraph(encoder, criterion, { width: size, height: size });
  const program = await runtime.compile(graph, { winograd: mode === "winograd" });
  const { image, ...others } = program.inputs;
  const feeds = Object.entries(others).map(([name, { shape }]) => [name, noise(shape as number[])]);
  await program.bind(Object.fromEntries(feeds) as Record<string, Tensor>);
  const pixels = noise(image!.shape as number[]);
  return () => program.run({ image: pixels });
}

/** What the default's optimiser itself needs for a step, on a bowl whose gradient is free. */
async function optimiserMilliseconds(): Promise<number> {
  const x = new Float32Array(3 * size * size).fill(0.5);
  const slopes = Float32Array.from(x, () => random.uniform() + 0.1);
  const gradient = new Float32Array(x.length);
  const optimiser = planOf(settleRecipe(recipeOptions.parse({}))).createOptimiser();
  let evaluating = 0;
  const times: number[] = [];
  for (let i = 0; i < 25; i++) {
    const started = performance.now();
    evaluating = 0;
    const { evaluations } = await optimiser.step(x, (point) => {
      const before = performance.now();
      let loss = 0;
      for (let k = 0; k < point.length; k++) {
        // Every sixteenth variable is driven to its bound, as in pictures with pure colours.
        const distance = point[k]! - (k % 16 === 0 ? -0.1 : 0.3);
        gradient[k] = slopes[k]! * distance;
        loss += 0.5 * slopes[k]! * distance * distance;
      }
      evaluating += performance.now() - before;
      return Promise.resolve({ loss, gradient });
    });
    times.push((performance.now() - started - evaluating) / evaluations);
  }
  return median(times.slice(12));
}

/** Picture to the worker thread and gradient back: a program that does next to nothing. */
async function copyMilliseconds(): Promise<number> {
  const shape = [1, 3, size, size];
  const program = await runtime.compile(
    createGraph({ gradient: ops.mul(input("image", shape), constant(2)) }),
  );
  const image = noise(shape);
  const times: number[] = [];
  for (let i = 0; i < 25; i++) {
    const started = performance.now();
    await program.run({ image });
    times.push(performance.now() - started);
  }
  await program.dispose();
  return median(times.slice(12));
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

const step = await prepare();
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "q") {
    console.log(Math.round(process.resourceUsage().maxRSS / 1024));
    break;
  }
  if (line === "host") {
    console.log((await optimiserMilliseconds()) + (await copyMilliseconds()));
    continue;
  }
  // The first steps at a size have memory to allocate; an optimiser makes dozens after them.
  if (line === "warm") for (let i = 0; i < 4; i++) await step();
  const started = performance.now();
  await step();
  console.log(performance.now() - started);
}
await runtime.dispose();
