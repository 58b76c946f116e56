import {
  constant,
  createGraph,
  dense,
  denseOf,
  evaluate,
  gradient,
  input,
  ops,
  tensor,
  type Dense,
  type Runtime,
  type Tensor,
} from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import { measureStatistics, type Targets } from "../../src/methods/objective.ts";
import { initialWeights, networkParameters } from "../../src/nets/architecture.ts";
import { adamRates } from "../../src/train/adam.ts";
import { Batches, type PhotoSource } from "../../src/train/batches.ts";
import {
  initialState,
  styleTables,
  Trainer,
  Validator,
  type TrainingState,
} from "../../src/train/trainer.ts";
import {
  trainedParameters,
  trainingGraph,
  trainingNames,
  type TrainingPlan,
} from "../../src/train/trainingGraph.ts";
import { cpuRuntime } from "../runtime.ts";
import { blobs, tinyPlan } from "./tinyPlan.ts";

const runtime: Runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const photos: PhotoSource = {
  count: 5,
  read: (index) => Promise.resolve(blobs(20, 24, 100 + index)),
};

function batchesFor({ batch, size, architecture, stabilityWeight }: TrainingPlan): Batches {
  const { styles } = architecture;
  const motion = stabilityWeight > 0;
  return new Batches({ source: photos, batch, size, photoSize: 18, styles, seed: 4, motion });
}

async function targetsFor({ encoder, criterion, architecture }: TrainingPlan): Promise<Targets> {
  const style = criterion.features[1]!;
  const paintings = [];
  for (let i = 0; i < architecture.styles; i++)
    paintings.push(await measureStatistics(runtime, encoder, style, blobs(24, 20, 200 + i)));
  return styleTables(paintings);
}

function startOf(plan: TrainingPlan): TrainingState {
  return initialState(plan, initialWeights(plan.architecture, 2));
}

/** Trains from a state over the updates that follow it. */
async function trained(
  plan: TrainingPlan,
  start: TrainingState,
  updates: number,
  rate = 1e-3,
): Promise<{ state: TrainingState; totals: number[] }> {
  const trainer = await Trainer.start(runtime, plan, await targetsFor(plan), start);
  const batches = batchesFor(plan);
  const totals: number[] = [];
  for (let i = 0; i < updates; i++) {
    const first = trainer.iteration * plan.accumulate;
    const group = [];
    for (let k = 0; k < plan.accumulate; k++) group.push(await batches.at(first + k));
    totals.push((await trainer.update(group, rate)).total);
  }
  const state = await trainer.state();
  await trainer.dispose();
  return { state, totals };
}

describe("one step", () => {
  test("adam moves every number by the published formula", async () => {
    const plan = tinyPlan();
    const start = startOf(plan);
    const { state } = await trained(plan, start, 1, 1e-2);
    // After one step m̂ = g and √v̂ = |g|: each number moves by the rate against its gradient's sign.
    for (const { name } of trainedParameters(plan)) {
      const [before, after] = [start.weights.get(name)!, state.weights.get(name)!];
      const first = state.first.get(name)!;
      const second = state.second.get(name)!;
      after.forEach((value, i) => {
        const g = first[i]! / 0.1;
        expect(second[i]).toBeCloseTo(0.001 * g * g, 10);
        expect(value).toBeCloseTo(before[i]! - (1e-2 * g) / (Math.abs(g) + 1e-8), 5);
      });
    }
  });

  test("the two numbers of a step are Kingma and Ba's corrections", () => {
    const { rate, epsilon } = adamRates(2, 3);
    expect(rate).toBeCloseTo((2 * Math.sqrt(1 - 0.999 ** 3)) / (1 - 0.9 ** 3), 12);
    expect(epsilon).toBeCloseTo(1e-8 * Math.sqrt(1 - 0.999 ** 3), 18);
  });

  test.each([
    ["all terms, instance normalisation", tinyPlan({ stabilityWeight: 2, size: 8 })],
    [
      "two styles, batch normalisation",
      tinyPlan({
        size: 8,
        architecture: { ...tinyPlan().architecture, norm: "batch", styles: 2, blocks: 1 },
      }),
    ],
  ])(
    "%s: the gradient is the one that central differences of the float64 meaning give",
    async (_, plan) => {
      const graph = trainingGraph(plan);
      const total = graph.outputs["total"]!;
      const checked = ["down1.weight", "down2.scale", "block1b.weight", "up1.shift", "out.bias"];
      const inputs = checked.map((name) => graph.inputs[trainingNames.parameter(name)]!);
      const slopes = createGraph(
        Object.fromEntries(gradient(total, inputs).map((g, i) => [checked[i]!, g])),
      );
      const losses = createGraph({ total });
      const weights = initialWeights(plan.architecture, 2);
      const numbers: Record<string, Tensor> = {
        ...(await batchesFor(plan).at(0)),
        ...(await targetsFor(plan)),
      };
      for (const { name, shape } of networkParameters(plan.architecture))
        numbers[trainingNames.parameter(name)] = tensor(weights.get(name)!, shape);
      const feeds: Record<string, Dense> = Object.fromEntries(
        Object.keys(losses.inputs).map((name) => [name, denseOf(numbers[name]!)]),
      );
      const found = evaluate(slopes, feeds);
      for (const name of checked) {
        const key = trainingNames.parameter(name);
        const { shape, data } = feeds[key]!;
        for (const at of [0, data.length >> 1, data.length - 1]) {
          const step = 1e-5;
          const at2 = (change: number): number => {
            const moved = data.slice();
            moved[at]! += change;
            return evaluate(losses, { ...feeds, [key]: dense(shape, moved) }).total.data[0]!;
          };
          const expected = (at2(step) - at2(-step)) / (2 * step);
          const scale = Math.max(1e-3, Math.abs(expected));
          // A ReLU of the network may have its kink inside the step; none does for these numbers.
          expect(Math.abs(found[name]!.data[at]! - expected) / scale).toBeLessThan(1e-5);
        }
      }
    },
    120_000,
  );

  test("a gradient that is not finite changes nothing", async () => {
    const plan = tinyPlan();
    const start = startOf(plan);
    const trainer = await Trainer.start(runtime, plan, await targetsFor(plan), start);
    const batch = await batchesFor(plan).at(0);
    const { shape, data } = batch.photos;
    const broken = tensor(
      (data as Float32Array).map((value, i) => (i === 7 ? NaN : value)),
      shape,
    );
    const { skipped } = await trainer.update([{ ...batch, photos: broken }], 1e-3);
    const state = await trainer.state();
    await trainer.dispose();
    expect(skipped).toBe(true);
    expect(state.weights).toEqual(start.weights);
    expect(state.first).toEqual(start.first);
  });
});

test("gradients accumulated over two batches are those of one batch of both", async () => {
  const [plan, together] = [tinyPlan({ accumulate: 2, batch: 2 }), tinyPlan({ batch: 4 })];
  const [a, b] = [
    await trained(plan, startOf(plan), 1),
    await trained(together, startOf(together), 1),
  ];
  for (const [name, first] of a.state.first) {
    const other = b.state.first.get(name)!;
    const size = Math.max(...other.map(Math.abs));
    first.forEach((value, i) => {
      expect(Math.abs(value - other[i]!)).toBeLessThan(1e-4 * size + 1e-9);
    });
  }
});

test("training that goes on from a state is training that never stopped, bit for bit", async () => {
  const plan = tinyPlan({ stabilityWeight: 1, accumulate: 2 });
  const whole = await trained(plan, startOf(plan), 5);
  const half = await trained(plan, startOf(plan), 2);
  const rest = await trained(plan, half.state, 3);
  expect(rest.state).toEqual(whole.state);
  expect([...half.totals, ...rest.totals]).toEqual(whole.totals);
});

test("one photo can be learnt by heart: the loss falls tenfold", async () => {
  const plan = tinyPlan({ batch: 1, criterion: { ...tinyPlan().criterion, image: [] } });
  const content = {
    ...plan,
    criterion: { ...plan.criterion, features: plan.criterion.features.slice(0, 1) },
  };
  const trainer = await Trainer.start(runtime, content, {}, startOf(content));
  const batch = await batchesFor(plan).at(0);
  let [first, last] = [NaN, NaN];
  for (let i = 0; i < 150; i++) {
    const { total } = await trainer.update([batch], 3e-3);
    if (i === 0) first = total;
    last = total;
  }
  await trainer.dispose();
  expect(last).toBeLessThan(first / 10);
});

test("of a trained network a new style trains scales and shifts alone, and only its own", async () => {
  const architecture = { ...tinyPlan().architecture, styles: 2 };
  const plan = tinyPlan({ architecture, trains: "styles" });
  const start = startOf(plan);
  const trainer = await Trainer.start(runtime, plan, await targetsFor(plan), start);
  const batches = new Batches({
    source: photos,
    batch: 2,
    size: 16,
    photoSize: 18,
    styles: 2,
    learns: [1],
    seed: 1,
    motion: false,
  });
  for (let i = 0; i < 3; i++) await trainer.update([await batches.at(i)], 1e-2);
  const weights = await trainer.weights();
  await trainer.dispose();
  for (const { name, role, shape } of networkParameters(architecture)) {
    const [before, after] = [start.weights.get(name)!, weights.get(name)!];
    if (role !== "scale" && role !== "shift") expect(after).toEqual(before);
    else {
      expect(after.slice(0, shape[1])).toEqual(before.slice(0, shape[1]));
      expect(after.slice(shape[1])).not.toEqual(before.slice(shape[1]));
    }
  }
});

test("running averages of batch normalisation take a tenth of each batch", async () => {
  const architecture = { ...tinyPlan().architecture, norm: "batch" as const };
  const plan = tinyPlan({ architecture });
  const start = startOf(plan);
  const { state } = await trained(plan, start, 1);
  // The first convolution as the network has it: 4 px of edge, then 4 px of mirror image.
  const x = input("x", [2, 3, 16, 16]);
  const wide = ops.pad(x, { pads: [4, 4, 4, 4], mode: "replicate" });
  const centred = ops.mul(ops.sub(wide, constant(0.5)), constant(2));
  const kernels = constant(tensor(start.weights.get("down1.weight")!, [8, 3, 9, 9]));
  const y = ops.conv(ops.pad(centred, { pads: [4, 4, 4, 4], mode: "reflect" }), kernels);
  const { photos: batch } = await batchesFor(plan).at(0);
  const { shape, data } = evaluate(createGraph({ y }), { x: denseOf(batch) }).y;
  const [n, channels, ...size] = shape as [number, number, number, number];
  const area = size[0] * size[1];
  for (let c = 0; c < channels; c++) {
    const values = Array.from({ length: n * area }, (_, i) => {
      const image = Math.floor(i / area);
      return data[(image * channels + c) * area + (i % area)]!;
    });
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(state.weights.get("down1.mean")![c]).toBeCloseTo(0.1 * mean, 5);
    expect(state.weights.get("down1.variance")![c]).toBeCloseTo(0.9 + 0.1 * variance, 5);
  }
});

test("validation says the losses that training sees, and shows the pictures", async () => {
  const plan = tinyPlan();
  const targets = await targetsFor(plan);
  const batch = await batchesFor(plan).at(0);
  const start = startOf(plan);
  const validator = await Validator.start(runtime, plan, targets, [batch]);
  const { total, terms, pictures } = await validator.measure(start.weights);
  await validator.dispose();
  const trainer = await Trainer.start(runtime, plan, targets, start);
  const losses = await trainer.update([batch], 1e-3);
  await trainer.dispose();
  expect(total).toBeCloseTo(losses.total, 5);
  expect(terms["style"]).toBeCloseTo(losses.terms["style"]!, 5);
  expect(pictures).toHaveLength(2);
  expect(pictures[0]!.stylized).toMatchObject({ width: 16, height: 16 });
});
