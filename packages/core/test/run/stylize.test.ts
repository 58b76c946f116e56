import { afterAll, describe, expect, test } from "vitest";
import type { EncoderOptions } from "../../src/encoders/encoder.ts";
import type { Raster } from "../../src/image/raster.ts";
import { resize } from "../../src/image/resize.ts";
import type { StylizeEvent } from "../../src/run/events.ts";
import type { RecipeOptions } from "../../src/run/recipe.ts";
import { stylizeRaster, type StylizeRasterOptions } from "../../src/run/stylize.ts";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const photo = picture({ width: 60, height: 40 }, 2);
const painting = picture({ width: 40, height: 30 }, 3);

/** A few steps at 32 pixels with layers that the tiny network has. */
const small = {
  size: 32,
  iterations: 4,
  contentLayers: { relu2_1: 1 },
  styleLayers: { relu1_1: 0.5, relu2_1: 0.5 },
} satisfies RecipeOptions;

async function run(recipe: RecipeOptions = {}, options: Partial<StylizeRasterOptions> = {}) {
  const events: StylizeEvent[] = [];
  const asked: { name: string; options: Required<EncoderOptions> }[] = [];
  const result = await stylizeRaster({
    runtime,
    loadEncoder: (name, encoderOptions) => {
      asked.push({ name, options: encoderOptions });
      return Promise.resolve(tinyEncoder());
    },
    content: photo,
    styles: [{ picture: painting, weight: 1 }],
    recipe: { ...small, ...recipe },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { ...result, events, asked };
}

describe("the result", () => {
  test("has the size asked for and the photo's proportions, and what was done", async () => {
    const { picture: result, recipe, interrupted, evaluations, losses } = await run();
    expect([result.width, result.height]).toEqual([32, 21]);
    expect(result.data.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(recipe).toMatchObject(small);
    expect(interrupted).toBe(false);
    expect(evaluations).toBeGreaterThanOrEqual(5);
    expect(losses!.iteration).toBe(4);
  });

  test("is made again, byte for byte, from the recipe that it came with", async () => {
    const first = await run({ init: "noise", seed: 7 });
    const again = await run(first.recipe);
    expect(again.picture).toEqual(first.picture);
  });

  test("is another for another seed", async () => {
    const [a, b] = [await run({ init: "noise", seed: 7 }), await run({ init: "noise", seed: 8 })];
    expect(a.picture).not.toEqual(b.picture);
  });

  test("is transparent where the photo is", async () => {
    const alpha = new Float32Array(60 * 40).map((_, i) => (i % 60 < 30 ? 0 : 1));
    const { picture: result } = await run({}, { content: { ...photo, alpha } });
    expect(result.alpha).toEqual(resize({ ...photo, alpha }, { width: 32, height: 21 }).alpha);
    expect((await run()).picture).not.toHaveProperty("alpha");
  });
});

describe("the start is", () => {
  const startOf = async (recipe: RecipeOptions, initial?: Raster): Promise<Raster> =>
    // Called off before the first evaluation, the start is the result.
    (await run(recipe, { signal: AbortSignal.abort(), initial })).picture;
  const size = { width: 32, height: 21 };

  test("the photo", async () => {
    expect(await startOf({ init: "content" })).toEqual(resize(photo, size));
  });

  test("the painting in the photo's shape", async () => {
    expect(await startOf({ init: "style" })).toEqual(resize(painting, size));
  });

  test("a picture that is given", async () => {
    const given = picture({ width: 20, height: 25 }, 9);
    expect(await startOf({ init: "picture" }, given)).toEqual(resize(given, size));
  });

  test("white noise around grey, the same for the same seed", async () => {
    const { data } = await startOf({ init: "noise", seed: 1 });
    const mean = data.reduce((sum, value) => sum + value) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    // 2,016 numbers of deviation 0.01: both within four standard errors.
    expect(Math.abs(mean - 0.5)).toBeLessThan(9e-4);
    expect(Math.abs(Math.sqrt(variance) - 0.01)).toBeLessThan(6.3e-4);
    expect((await startOf({ init: "noise", seed: 1 })).data).toEqual(data);
  });
});

describe("events tell", () => {
  test("every iteration out of all, with its losses", async () => {
    const { events } = await run();
    const iterations = events.filter((event) => event.kind === "iteration");
    expect(iterations.map(({ record }) => record.iteration)).toEqual([0, 1, 2, 3, 4]);
    expect(iterations.every((event) => event.of === 4)).toBe(true);
    const total = iterations.map(({ record }) => record.totalLoss);
    expect(total.at(-1)).toBeLessThan(total[0]!);
  });

  test("the plan once, with scales, time and memory", async () => {
    const { events } = await run();
    const plans = events.filter((event) => event.kind === "plan");
    expect(plans).toHaveLength(1);
    expect(plans[0]).toMatchObject({ stages: [{ longSide: 32, iterations: 4 }], iterations: 4 });
    expect(plans[0]!.seconds).toBeGreaterThan(0);
    expect(plans[0]!.bytes).toBeGreaterThan(0);
  });

  test("snapshots of the iterations that were asked for, each the picture so far", async () => {
    const { events, picture: result } = await run({}, { snapshots: [2, 4] });
    const snapshots = events.filter((event) => event.kind === "snapshot");
    expect(snapshots.map(({ iteration }) => iteration)).toEqual([2, 4]);
    expect(snapshots[0]!.picture).toEqual((await run({ iterations: 2 })).picture);
    expect(snapshots[1]!.picture).toEqual(result);
  });
});

describe("strength", () => {
  /** Mean distance from the photo at its size. */
  const distance = ({ data }: Raster): number => {
    const { data: seen } = resize(photo, { width: 32, height: 21 });
    return data.reduce((sum, value, i) => sum + Math.abs(value - seen[i]!), 0) / data.length;
  };

  test.each(["gram", "relative", "moments", "wasserstein"] as const)(
    "0 leaves the photo as it is, and more goes further, by %s",
    async (styleLoss) => {
      const far = async (strength: number): Promise<number> =>
        distance((await run({ styleLoss, strength, iterations: 8 })).picture);
      const [none, some, all] = [await far(0), await far(0.4), await far(1)];
      expect(none).toBeLessThan(1e-4);
      expect(some).toBeGreaterThan(none);
      expect(all).toBeGreaterThan(some);
    },
  );

  test("1 is what there is without it", async () => {
    expect((await run({ strength: 1 })).picture).toEqual((await run()).picture);
  });
});

test("called off, it hands over the picture so far", async () => {
  const controller = new AbortController();
  const {
    interrupted,
    losses,
    picture: result,
  } = await run(
    { iterations: 1000 },
    {
      signal: controller.signal,
      onEvent: (event) => {
        if (event.kind === "iteration" && event.record.iteration === 2) controller.abort();
      },
    },
  );
  expect(interrupted).toBe(true);
  expect(losses!.iteration).toBe(2);
  expect(result).toEqual((await run({ iterations: 3 })).picture);
});

test("the encoder that the recipe names is asked for, set up as it says", async () => {
  const { asked } = await run({ method: "gatys", pooling: "l2" });
  expect(asked).toEqual([{ name: "vgg19", options: { pooling: "l2", edge: "zero" } }]);
});

test("shares of paintings need not sum to 1", async () => {
  const other = picture({ width: 30, height: 44 }, 4);
  const shares = (a: number, b: number) => ({
    styles: [
      { picture: painting, weight: a },
      { picture: other, weight: b },
    ],
  });
  const [a, b] = [await run({}, shares(1, 3)), await run({}, shares(0.25, 0.75))];
  expect(a.picture).toEqual(b.picture);
});

describe("in one line it says that", () => {
  test.each([
    ["there is no painting", {}, { styles: [] }],
    ["no painting counts", {}, { styles: [{ picture: painting, weight: 0 }] }],
  ])("%s", async (_, recipe, options) => {
    await expect(run(recipe, options)).rejects.toThrow(
      "stylize needs at least one style with a weight above 0.",
    );
  });

  test("the picture to start from is missing", async () => {
    await expect(run({ init: "picture" })).rejects.toThrow(
      'init "picture" needs a picture to start from; got none.',
    );
  });

  test("an option is wrong, before anything is loaded", async () => {
    const loadEncoder = () => Promise.reject(new Error("loaded"));
    await expect(run({ size: 1 }, { loadEncoder })).rejects.toThrow(/^size must be/);
  });
});
