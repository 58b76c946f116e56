import {
  createGraph,
  denseOf,
  evaluate,
  gradient,
  type Dense,
  type Graph,
  type Tensor,
} from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import { lite, liteTaps } from "../../src/encoders/lite.ts";
import { Agreements } from "../../src/distil/agreement.ts";
import { Crops } from "../../src/distil/crops.ts";
import {
  distilLosses,
  distilNames,
  distilPoolings,
  learntTaps,
  liteInputs,
  type DistilPlan,
} from "../../src/distil/distilGraph.ts";
import {
  Distiller,
  distilState,
  liteFeeds,
  measurePrecisions,
  type DistilBatch,
} from "../../src/distil/distiller.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { numbersOf, randomLite } from "./randomLite.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

/** Another lite stands for VGG-19: it has the same layers, and nothing needs to be downloaded. */
const model = randomLite(7);
const teachers: DistilPlan["teachers"] = {
  average: lite(model, { pooling: "average", edge: "replicate" }),
  max: lite(model, { pooling: "max", edge: "replicate" }),
};
const layerWeights = Object.fromEntries(learntTaps.map((tap) => [tap, 1]));
const sources = [
  { count: 3, read: (i: number) => Promise.resolve(picture({ width: 70, height: 60 }, i)) },
];

function planWith(change: Partial<DistilPlan>): DistilPlan {
  return { teachers, batch: 1, size: 32, stage: "whole", layerWeights, ...change };
}

async function batchOf({ batch, size }: DistilPlan, number: number): Promise<DistilBatch> {
  const crops = new Crops({ sources, size, seed: 1 });
  return {
    average: await crops.at(2 * number * batch, batch),
    max: await crops.at((2 * number + 1) * batch, batch),
  };
}

async function precisionsOf({ size }: DistilPlan) {
  return measurePrecisions(runtime, teachers, [
    await new Crops({ sources, size, seed: 2 }).at(0, 4),
  ]);
}

describe.each(["whole", "blocks"] as const)("the loss of the stage %s", (stage) => {
  test("and its gradient are those of float64", async () => {
    const plan = planWith({ size: 16, stage });
    const values = liteInputs();
    const { losses, total } = distilLosses(plan, values);
    // One from the front and one from the back: between them lies every kind of operation.
    const names = ["conv1_2.bias", "conv4_4.bias"];
    const slopes = gradient(
      total,
      names.map((name) => values[name]!),
    );
    const graph: Graph = createGraph({
      ...losses,
      total,
      ...Object.fromEntries(names.map((name, i) => [name, slopes[i]!])),
    });
    const batch = await batchOf(plan, 0);
    const images = distilPoolings.map((pooling) => [distilNames.images(pooling), batch[pooling]]);
    const all: Record<string, Tensor> = {
      ...liteFeeds(numbersOf(randomLite(8))),
      ...(await precisionsOf(plan)),
      ...(Object.fromEntries(images) as Record<string, Tensor>),
    };
    const feeds = Object.fromEntries(Object.keys(graph.inputs).map((name) => [name, all[name]!]));
    const program = await runtime.compile(graph);
    const found = await program.run(feeds);
    await program.dispose();
    const dense = Object.entries(feeds).map(([name, x]): [string, Dense] => [name, denseOf(x)]);
    for (const [name, expected] of Object.entries(evaluate(graph, Object.fromEntries(dense))))
      // Sums over up to 4608 products in 13 layers of float32.
      expect(relativeError(found[name]!.data as Float32Array, expected.data), name).toBeLessThan(
        1e-4,
      );
  });
});

test("training goes on from a state as if it had not stopped, bit for bit", async () => {
  const plan = planWith({});
  const precisions = await precisionsOf(plan);
  const given = numbersOf(randomLite(8));
  const run = async (state: ReturnType<typeof distilState>, to: number) => {
    const distiller = await Distiller.start(runtime, plan, precisions, state);
    while (distiller.iteration < to)
      await distiller.step(await batchOf(plan, distiller.iteration), 1e-3);
    const reached = await distiller.state(given);
    await distiller.dispose();
    return reached;
  };
  const whole = await run(distilState(given), 4);
  const half = await run(distilState(given), 2);
  const resumed = await run(half, 4);
  for (const part of ["weights", "first", "second"] as const)
    for (const [name, numbers] of whole[part])
      // Vitest's comparison takes half a minute for two million numbers.
      expect(
        resumed[part].get(name)!.every((x, i) => x === numbers[i]),
        name,
      ).toBe(true);
  expect(whole.weights.get("conv1_1.weight")).toEqual(given.get("conv1_1.weight"));
  expect(whole.weights.get("conv5_1.code")).not.toEqual(given.get("conv5_1.code"));
});

test.each(["whole", "blocks"] as const)(
  "stage %s: the loss on one batch falls tenfold",
  async (stage) => {
    const plan = planWith({ stage });
    const distiller = await Distiller.start(
      runtime,
      plan,
      await precisionsOf(plan),
      distilState(numbersOf(randomLite(8))),
    );
    const batch = await batchOf(plan, 0);
    const { total: first } = await distiller.step(batch, 1e-3);
    let last = first;
    for (let i = 0; i < 150 && last > first / 10; i++)
      ({ total: last } = await distiller.step(batch, 5e-3));
    await distiller.dispose();
    expect(last).toBeLessThan(first / 10);
  },
  120_000,
);

describe("agreement", () => {
  const pictures = [picture({ width: 50, height: 40 }, 1), picture({ width: 40, height: 60 }, 2)];
  const features = (weights: ReturnType<typeof randomLite>) => {
    const encoder = lite(weights, { pooling: "average", edge: "replicate" });
    return (image: Parameters<typeof encoder.features>[0]) => encoder.features(image, liteTaps);
  };

  test("of a network with itself is full", async () => {
    const own = await Agreements.start(runtime, features(model), teachers.average, pictures, 32);
    const found = await own.measure();
    await own.dispose();
    for (const tap of liteTaps) {
      expect(found[tap].correlation, tap).toBeCloseTo(1, 4);
      expect(found[tap].explained, tap).toBeCloseTo(1, 4);
      expect(found[tap].carried, tap).toBeCloseTo(1, 4);
    }
  });

  test("of two strangers is none, and variances are still told", async () => {
    const other = await Agreements.start(
      runtime,
      features(randomLite(9)),
      teachers.average,
      pictures,
      32,
    );
    const { relu4_2 } = await other.measure();
    await other.dispose();
    expect(relu4_2.correlation).toBeLessThan(0.5);
    expect(relu4_2.explained).toBeLessThan(0);
    expect(relu4_2.carried).toBeGreaterThan(0);
  });
});

test("precisions are one by the variance, and bounded where a channel is all but dead", async () => {
  const plan = planWith({});
  const precisions = await precisionsOf(plan);
  for (const pooling of distilPoolings) {
    for (const tap of learntTaps) {
      const { data, shape } = precisions[distilNames.precision(pooling, tap)]!;
      expect(shape).toEqual([1, data.length, 1, 1]);
      expect(data.every((x) => x > 0 && Number.isFinite(x))).toBe(true);
      const variances = [...data].map((x) => 1 / x);
      const mean = variances.reduce((sum, x) => sum + x, 0) / data.length;
      expect(Math.min(...variances)).toBeGreaterThan(0.005 * mean);
    }
  }
});
