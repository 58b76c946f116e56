import { constant, ops, type Value } from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import { dreamRaster, type DreamRasterOptions } from "../../src/dream/dream.ts";
import { NormalisedSteps } from "../../src/optimisers/index.ts";
import type { DreamRecipeOptions } from "../../src/dream/options.ts";
import type { Encoder } from "../../src/encoders/encoder.ts";
import type { Raster } from "../../src/image/raster.ts";
import { resize } from "../../src/image/resize.ts";
import { dreamTerms } from "../../src/methods/dreamTerms.ts";
import { loadObjective, measureStatistics } from "../../src/methods/objective.ts";
import type { StylizeEvent } from "../../src/methods/events.ts";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const photo = picture({ width: 48, height: 32 }, 2);
const small = { layers: { relu2_1: 1 }, octaves: 3, iterations: 4, jitter: 5 };

async function run(recipe: DreamRecipeOptions = {}, options: Partial<DreamRasterOptions> = {}) {
  const events: StylizeEvent[] = [];
  const asked: string[] = [];
  const result = await dreamRaster({
    runtime,
    loadEncoder: (name) => {
      asked.push(name);
      return Promise.resolve(tinyEncoder());
    },
    photo,
    recipe: { ...small, ...recipe },
    onEvent: (event) => events.push(event),
    ...options,
  });
  const records = events.flatMap((event) => (event.kind === "iteration" ? [event.record] : []));
  return { ...result, events, records, asked };
}

/** −½ mean F² of the layer, relative to the photo's, without `dreamRaster`. */
async function lossOf(target: string, { width, height, data }: Raster): Promise<number> {
  const features = dreamTerms({ [target]: 1 }, 1);
  const encoder = tinyEncoder();
  const targets = await measureStatistics(runtime, encoder, features[0]!, photo);
  const criterion = { features, image: [] };
  const objective = await loadObjective(runtime, encoder, criterion, { width, height }, targets);
  const { total } = await objective.evaluate(data);
  await objective.dispose();
  return total;
}

test("two steps by hand: the gradient divided by the mean of its sizes, inside the bounds", async () => {
  const steps = new NormalisedSteps({ lr: 0.1, bounds: { lower: 0, upper: 1 } });
  const x = Float32Array.of(0.5, 0.5, 0.95);
  // Sizes 3, 1 and 2: their mean is 2.
  const objective = () => Promise.resolve({ loss: 0, gradient: Float32Array.of(3, -1, -2) });
  const after = [];
  for (let i = 0; i < 2; i++) {
    await steps.step(x, objective);
    after.push([...x]);
  }
  expect(after[0]).toEqual([0.35, 0.55, 1].map(Math.fround));
  expect(after[1]!.map((value) => value.toFixed(6))).toEqual(["0.200000", "0.600000", "1.000000"]);
});

describe("the picture", () => {
  test.each(["relu2_1", "relu1_1", "relu2_1:3"])(
    "excites %s more than the photo",
    async (target) => {
      const { picture: dreamt } = await run({ layers: { [target]: 1 } });
      expect(dreamt).toMatchObject({ width: 48, height: 32 });
      expect(dreamt.data.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(await lossOf(target, dreamt)).toBeLessThan(1.3 * (await lossOf(target, photo)));
    },
  );

  test("is the same for the same seed and another for another", async () => {
    const [a, b, c] = [await run({ seed: 1 }), await run({ seed: 1 }), await run({ seed: 2 })];
    expect(a.picture).toEqual(b.picture);
    expect(a.picture).not.toEqual(c.picture);
  });

  test("is made again from the recipe that it came with", async () => {
    const first = await run();
    expect((await run(first.recipe)).picture).toEqual(first.picture);
  });

  test("without jitter depends on no seed", async () => {
    const [a, b] = [await run({ jitter: 0, seed: 1 }), await run({ jitter: 0, seed: 2 })];
    expect(a.picture).toEqual(b.picture);
  });

  test("moves by the step size a step, no more than the bounds allow", async () => {
    const { picture: dreamt } = await run({ octaves: 1, iterations: 1, stepSize: 2 });
    const moved = dreamt.data.reduce((sum, value, i) => sum + Math.abs(value - photo.data[i]!), 0);
    expect(moved / dreamt.data.length).toBeCloseTo(2 / 255, 5);
  });

  test("has the photo's transparency", async () => {
    const alpha = new Float32Array(48 * 32).map((_, i) => (i % 48 < 24 ? 0 : 1));
    const { picture: dreamt } = await run({ size: 24 }, { photo: { ...photo, alpha } });
    expect(dreamt.alpha).toEqual(resize({ ...photo, alpha }, { width: 24, height: 16 }).alpha);
  });
});

describe("what was dreamt at a size", () => {
  test("is added to the photo at the next, which stays as sharp as it is", async () => {
    // Dreamt at the first of two sizes only: called off in the second.
    const controller = new AbortController();
    const called = await run(
      { octaves: 2, octaveScale: 2, iterations: 3 },
      {
        signal: controller.signal,
        onEvent: (event) => {
          if (event.kind === "iteration" && event.record.iteration === 2) controller.abort();
        },
      },
    );
    expect(called.interrupted).toBe(true);
    expect(called.picture).toMatchObject({ width: 48, height: 32 });
    const alone = await run({ size: 24, octaves: 1, iterations: 3 });
    const base = resize(photo, { width: 24, height: 16 });
    const detail = { ...base, data: alone.picture.data.map((value, i) => value - base.data[i]!) };
    const enlarged = resize(detail, photo);
    const expected = photo.data.map((value, i) =>
      Math.min(Math.max(value + enlarged.data[i]!, 0), 1),
    );
    const furthest = called.picture.data.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i]!)),
      0,
    );
    expect(furthest).toBeLessThan(1e-6);
  });

  test("is lost where the work is called off before the first step", async () => {
    const { picture: dreamt, interrupted } = await run({}, { signal: AbortSignal.abort() });
    expect(interrupted).toBe(true);
    expect(dreamt).toEqual(photo);
  });
});

describe("events tell", () => {
  test("sizes, iterations and losses, which fall at each size", async () => {
    const { events, records, losses, evaluations } = await run({ jitter: 0 });
    const plans = events.filter((event) => event.kind === "plan");
    expect(plans).toHaveLength(1);
    expect(plans[0]).toMatchObject({ iterations: 12 });
    expect(plans[0]!.stages.map(({ longSide }) => longSide)).toEqual([24, 34, 48]);
    expect(records.map(({ iteration }) => iteration)).toEqual(
      Array.from({ length: 13 }, (_, i) => i),
    );
    expect(evaluations).toBe(13);
    expect(losses).toEqual(records.at(-1));
    for (const scale of [24, 34, 48]) {
      const at = records.filter((record) => record.scale === scale);
      expect(at.at(-1)!.dreamLoss).toBeLessThan(at[0]!.dreamLoss);
      for (const { totalLoss, dreamLoss } of at) expect(totalLoss).toBeCloseTo(dreamLoss, 6);
    }
    expect(records[0]!.dreamLoss).toBeCloseTo(-0.5, 4);
  });

  test("that nothing in the photo excites what was asked for, and the picture is the photo", async () => {
    const encoder = tinyEncoder();
    const dead: Encoder = {
      ...encoder,
      features<Layer extends string>(image: Value, wanted: readonly Layer[]) {
        const found = encoder.features(image, wanted);
        const silent = wanted.map(
          (layer) => [layer, ops.relu(ops.sub(found[layer], constant(1e6)))] as const,
        );
        return Object.fromEntries(silent) as Record<Layer, Value>;
      },
    };
    const { picture: dreamt, events } = await run({}, { loadEncoder: () => Promise.resolve(dead) });
    expect(dreamt).toEqual(photo);
    expect(events).toContainEqual({
      kind: "warning",
      message:
        "nothing in the photo excites relu2_1: the picture is the photo. Choose another layer or channel.",
    });
  });
});

test("a layer that is not there is refused with the nearest", async () => {
  await expect(run({ layers: { relu2_2: 1 } })).rejects.toThrow(
    '"relu2_2" is no layer of tiny: expected one of relu1_1, relu2_1. Did you mean "relu2_1"?',
  );
});

test("a channel that is not there is refused", async () => {
  await expect(run({ layers: { "relu2_1:6": 1 } })).rejects.toThrow(
    "there is no channel 6 in a layer of 6: expected a whole number from 0 to 5.",
  );
});

test("the network is the one that the layers belong to", async () => {
  expect((await run({ encoder: "lite" })).asked).toEqual(["lite"]);
  await run({ layers: { "a/b": 1 } }).catch((error: unknown) =>
    expect(String(error)).toContain("is no layer of tiny"),
  );
});
