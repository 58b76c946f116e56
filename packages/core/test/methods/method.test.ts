import { describe, expect, test } from "vitest";
import {
  encoderOptionsOf,
  ladder,
  methods,
  planOf,
  settleRecipe,
} from "../../src/methods/method.ts";
import { recipeOptions, type RecipeOptions } from "../../src/methods/recipe.ts";

const settled = (options: RecipeOptions) => settleRecipe(recipeOptions.parse(options));

describe("the ladder", () => {
  test("grows by √2 from 128 to the size that was asked for", () => {
    expect(ladder(512, 12)).toEqual([128, 181, 256, 362, 512]);
    expect(ladder(724, 12)).toEqual([128, 181, 256, 362, 512, 724]);
  });

  test("has no more scales than asked for, the largest ones", () => {
    expect(ladder(512, 2)).toEqual([362, 512]);
    expect(ladder(512, 1)).toEqual([512]);
  });

  test("of a small picture is its own size", () => {
    expect(ladder(100, 12)).toEqual([100]);
    expect(ladder(128, 12)).toEqual([128]);
  });
});

describe.each(Object.keys(methods) as (keyof typeof methods)[])("%s", (method) => {
  test("leaves no option open and keeps those that were given", () => {
    const given = {
      method,
      size: 300,
      iterations: 77,
      contentWeight: 3,
      styleWeight: 5,
      tvWeight: 0.5,
      contentLayers: { relu3_1: 1 },
      styleLayers: { relu1_1: 0.25, relu2_1: 0.75 },
      styleLoss: "wasserstein",
      pooling: "l2",
      init: "style",
      learningRate: 0.123,
    } as const;
    expect(settled(given)).toMatchObject(given);
    expect(Object.values(settled({ method }))).not.toContain(undefined);
  });

  test("takes better care the more time it is given", () => {
    const [draft, good, best] = (["draft", "good", "best"] as const).map((quality) =>
      settled({ method, quality }),
    );
    expect(draft!.size).toBeLessThan(best!.size);
    expect(draft!.iterations).toBeLessThan(good!.iterations);
    expect(good!.iterations).toBeLessThan(best!.iterations);
  });

  test("has style layers with shares that sum to 1", () => {
    const shares = Object.values(settled({ method }).styleLayers);
    expect(shares.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
  });
});

test("the default takes half of the steps with lite", () => {
  const { iterations } = settled({ encoder: "vgg19" });
  expect(settled({ encoder: "lite" }).iterations).toBe(iterations / 2);
  expect(settled({ encoder: "lite", iterations: 77 }).iterations).toBe(77);
});

describe("the plan", () => {
  test("spreads the iterations over the scales, more on smaller ones, to within rounding", () => {
    for (const iterations of [50, 200, 501]) {
      const { stages } = planOf(settled({ size: 512, iterations }));
      const counts = stages.map((stage) => stage.iterations);
      expect(stages.map(({ longSide }) => longSide)).toEqual([128, 181, 256, 362, 512]);
      expect(counts).toEqual([...counts].sort((a, b) => b - a));
      const sum = counts.reduce((total, count) => total + count);
      expect(Math.abs(sum - iterations)).toBeLessThanOrEqual(2);
    }
  });

  test("gives each scale at least one iteration", () => {
    const { stages } = planOf(settled({ size: 512, iterations: 1 }));
    expect(stages.map((stage) => stage.iterations)).toEqual([1, 1, 1, 1, 1]);
  });

  test("weighs photo, painting and smoothness as the recipe says", () => {
    const { criterion } = planOf(
      settled({
        contentWeight: 3,
        styleWeight: 5,
        tvWeight: 0.5,
        contentLayers: { relu3_1: 1 },
        styleLayers: { relu1_1: 0.25, relu2_1: 0.75 },
      }),
    );
    expect(criterion).toMatchObject({
      features: [
        { name: "content", weight: 3, layers: { relu3_1: 1 }, loss: { name: "content" } },
        { name: "style", weight: 5, layers: { relu1_1: 0.25, relu2_1: 0.75 } },
      ],
      image: [{ name: "tv", weight: 0.5 }],
    });
  });

  test("compares pixels and detail only where they count", () => {
    const terms = (options: RecipeOptions) => planOf(settled(options)).criterion.image;
    expect(terms({}).map(({ name }) => name)).toEqual(["tv"]);
    expect(terms({ tvWeight: 0, pixelLoss: 7, detailWeight: 9 })).toMatchObject([
      { name: "tv", weight: 0 },
      { name: "pixel", weight: 7, model: "reference" },
      { name: "detail", weight: 9, model: "content" },
    ]);
  });

  test.each([
    ["gram", "gram"],
    ["relative", "relative gram"],
    ["moments", "relative moments"],
    ["wasserstein", "wasserstein"],
  ] as const)("compares statistics by %s", (styleLoss, name) => {
    const { features } = planOf(settled({ styleLoss })).criterion;
    expect(features[1]!.loss.name).toBe(name);
  });

  test.each(["lbfgs", "adam", "sgd", "adagrad"] as const)("moves pixels by %s", (optimizer) => {
    expect(planOf(settled({ optimizer })).createOptimiser().name).toBe(optimizer);
  });

  test("where memory is short L-BFGS gives way to smooth steps: a grid in the gradient moves nothing", async () => {
    const size = { width: 16, height: 16 };
    const plan = planOf(settled({ optimizer: "lbfgs" }));
    const optimiser = plan.createSmoothOptimiser!(size);
    // A grid on the left, one slope on the right.
    const slope = (x: number, y: number): number => (x >= 8 ? 1 : (x + y) % 2 === 0 ? 1 : -1);
    const gradient = Float32Array.from({ length: 768 }, (_, i) => slope(i % 16, (i >> 4) % 16));
    const x = new Float32Array(768).fill(0.5);
    await optimiser.step(x, () => Promise.resolve({ loss: 1, gradient }));
    expect(x[8 * 16 + 4]).toBeCloseTo(0.5, 6);
    expect(x[8 * 16 + 12]).toBeCloseTo(0.5 - 0.04 / 1.3, 6);
    const other = planOf(settled({ optimizer: "adam" }));
    expect(other).not.toHaveProperty("createSmoothOptimiser");
  });

  test("takes smooth steps where a large scale has few, unless the photo is all that is aimed at", () => {
    const smooth = (options: RecipeOptions): number[] =>
      planOf(settled({ size: 2048, ...options }))
        .stages.filter(({ isSmooth }) => isSmooth)
        .map(({ longSide }) => longSide);
    expect(smooth({ iterations: 100 })).toEqual([1448, 2048]);
    expect(smooth({ iterations: 100, strength: 0 })).toEqual([]);
    expect(smooth({ iterations: 10_000 })).toEqual([]);
    expect(smooth({ iterations: 100, optimizer: "adam" })).toEqual([]);
  });

  test("averages iterates and carries moments over to larger pictures with Adam only", () => {
    const plans = (["lbfgs", "adam"] as const).map((optimizer) => planOf(settled({ optimizer })));
    expect(plans.map(({ keepsState }) => keepsState)).toEqual([false, true]);
    expect(plans.map(({ averaging }) => averaging !== undefined)).toEqual([false, true]);
  });
});

test("Gatys' network pads with zeros, as published; ours repeats the edge", () => {
  const options = (method: keyof typeof methods) =>
    encoderOptionsOf(settled({ method, pooling: "max" }));
  expect(options("gatys")).toEqual({ pooling: "max", edge: "zero" });
  expect(options("deepstyle")).toEqual({ pooling: "max", edge: "replicate" });
});
