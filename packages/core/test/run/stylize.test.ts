import type { Runtime } from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import type { EncoderOptions } from "../../src/encoders/encoder.ts";
import { maskOf } from "../../src/image/mask.ts";
import type { Raster } from "../../src/image/raster.ts";
import { resize } from "../../src/image/resize.ts";
import { rotate } from "../../src/image/rotate.ts";
import { gramLoss } from "../../src/losses/gram.ts";
import { measureStatistics } from "../../src/methods/objective.ts";
import type { StylizeEvent } from "../../src/methods/events.ts";
import type { RecipeOptions } from "../../src/methods/recipe.ts";
import { stylizeRaster, type StylizeRasterOptions } from "../../src/run/stylize.ts";
import { chromaDistance } from "../colour/chromaDistance.ts";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { relativeError } from "../numbers.ts";
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

describe("regions", () => {
  const grey = (size: { width: number; height: number }, weight: (x: number) => number): Raster => {
    const pixels = size.width * size.height;
    const data = Float32Array.from({ length: 3 * pixels }, (_, i) => weight(i % size.width));
    return { ...size, data };
  };
  const sizes = { width: 60, height: 40 };
  const left = grey(sizes, (x) => Number(x < 30));
  const bright = picture({ width: 40, height: 30 }, 5);
  const other = { ...bright, data: bright.data.map((value) => 0.4 * value) };
  const term = { name: "style", weight: 1, layers: { relu1_1: 1, relu2_1: 1 }, loss: gramLoss };

  test("have the style of their painting, and the rest that of the others", async () => {
    const { picture: made } = await run(
      { contentWeight: 1e-6, tvWeight: 0, iterations: 40 },
      { regions: [{ mask: left, picture: other }] },
    );
    const statistics = async (of: Raster, mask?: Raster): Promise<number[]> => {
      const guide = mask && maskOf(mask);
      const found = await measureStatistics(runtime, tinyEncoder(), term, of, guide);
      return Object.values(found).flatMap(({ data }) => Array.from(data, Number));
    };
    const [ofRest, ofOther] = [await statistics(painting), await statistics(other)];
    const inside = await statistics(made, left);
    const outside = await statistics(
      made,
      grey(sizes, (x) => Number(x >= 30)),
    );
    expect(relativeError(inside, ofOther)).toBeLessThan(0.5 * relativeError(inside, ofRest));
    expect(relativeError(outside, ofRest)).toBeLessThan(0.5 * relativeError(outside, ofOther));
  });

  test("that are the whole picture leave nothing to the style for the rest", async () => {
    const all = grey(sizes, () => 1);
    const found = await run({}, { regions: [{ mask: all, picture: other }] });
    const expected = await run({}, { styles: [{ picture: other, weight: 1 }] });
    expect(found.picture.data).toEqual(expected.picture.data);
  });

  /** White where both sides are below an edge. */
  const corner = (size: { width: number; height: number }, edge: number): Raster => {
    const { data } = grey(size, (x) => Number(x < edge));
    const isBelow = (i: number): boolean => Math.floor(i / size.width) % size.height >= edge;
    return { ...size, data: data.map((value, i) => (isBelow(i) ? 0 : value)) };
  };

  test("that are too small, or what their style mask leaves, are warned about before the work", async () => {
    const { events } = await run(
      {},
      {
        regions: [
          { mask: corner(sizes, 4), picture: other },
          { mask: left, picture: other, styleMask: corner(other, 2) },
        ],
      },
    );
    const warnings = events.filter((event) => event.kind === "warning");
    expect(warnings.map(({ message }) => message)).toEqual([
      "region 1 is too small for relu2_1 up to 32 px: its style is not compared there.",
      "what is opaque of the painting of region 2 is too small for relu2_1 up to 32 px: it has no more than a colour there.",
    ]);
    expect(events.findLastIndex(({ kind }) => kind === "warning")).toBeLessThan(
      events.findIndex(({ kind }) => kind === "plan"),
    );
  });

  test("look at a part of their painting where it has a mask", async () => {
    const styleMask = grey(other, (x) => Number(x >= 24));
    // At no scale does what is white see so far.
    const changed = {
      ...other,
      data: other.data.map((value, i) => (i % other.width < 12 ? 0 : value)),
    };
    const made = (region: object): Promise<{ picture: Raster }> =>
      run({}, { regions: [{ mask: left, picture: other, ...region }] });
    const masked = await made({ styleMask });
    expect((await made({ styleMask, picture: changed })).picture).toEqual(masked.picture);
    expect((await made({})).picture).not.toEqual(masked.picture);
  });

  test.each([
    [
      { mask: grey({ width: 40, height: 40 }, () => 1), picture: painting },
      "the mask of region 1 of 40×40 px has not the proportions of the photo, 60×40 px. Draw it over the photo.",
    ],
    [
      { mask: grey(sizes, () => 0), picture: painting },
      "the mask of region 1 is empty, black everywhere: expected white where it is.",
    ],
    [
      { mask: left, picture: painting, styleMask: left },
      "the style mask of region 1 of 60×40 px has not the proportions of its painting, 40×30 px. Draw it over its painting.",
    ],
    [
      { mask: left, picture: painting, styleMask: grey(painting, () => 0) },
      "the style mask of region 1 is empty, black everywhere: expected white where it is.",
    ],
  ])("are refused in one line: %#", async (region, message) => {
    await expect(run({}, { regions: [region] })).rejects.toThrow(message);
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

describe("colours", () => {
  const red = { ...painting, data: painting.data.map((v, i) => (i < 1200 ? 0.4 + 0.6 * v : v)) };
  const styles = [{ picture: red, weight: 1 }];
  const distance = (a: Raster): number => chromaDistance(a, resize(photo, a));

  test.each(["luminance", "match", "chroma"] as const)(
    "kept by %s are nearer to the photo's, in snapshots too",
    async (preserveColor) => {
      const options = { snapshots: [4], styles };
      const plain = await run({ init: "style" }, { styles });
      const { picture: kept, events } = await run({ init: "style", preserveColor }, options);
      expect(distance(kept)).toBeLessThan(0.6 * distance(plain.picture));
      const snapshot = events.find((event) => event.kind === "snapshot");
      expect(snapshot!.picture).toEqual(kept);
    },
  );

  test("are kept by matching where there is only a palette", async () => {
    const [half, matched] = [await run({ palette: 0.5 }), await run({ preserveColor: "match" })];
    expect(half.recipe).toMatchObject({ preserveColor: "match", palette: 0.5 });
    expect(half.picture).not.toEqual(matched.picture);
    expect(half.picture).not.toEqual((await run()).picture);
  });

  test("of which none are kept leave every bit as it is", async () => {
    const { picture: none } = await run({ preserveColor: "chroma", palette: 0 });
    expect(none).toEqual((await run()).picture);
  });
});

describe("the painting", () => {
  const sizesSeen = async (recipe: RecipeOptions): Promise<Set<string>> => {
    const sizes = new Set<string>();
    const watched: Runtime = {
      ...runtime,
      compile: (graph, options) => {
        const { image } = graph.inputs;
        if (image !== undefined) sizes.add(image.shape.slice(2).join());
        return runtime.compile(graph, options);
      },
    };
    await run(recipe, { runtime: watched });
    return sizes;
  };

  test("is turned before it is looked at, and its strokes keep their size", async () => {
    expect(await sizesSeen({})).toContain("24,32");
    expect(await sizesSeen({ styleRotate: 90 })).toContain("32,24");
    // Of 40 × 30 px, 45° leave 24 × 18; at the same scale, which is 32 px of 40, 19 × 14.
    expect(await sizesSeen({ styleRotate: 45 })).toContain("14,19");
    expect((await run({ styleRotate: 90 })).picture).toEqual(
      (await run({}, { styles: [{ picture: rotate(painting, 90), weight: 1 }] })).picture,
    );
  });

  test("is resized as asked for", async () => {
    const [fine, coarse] = [await run(), await run({ styleFilter: "nearest" })];
    expect(coarse.picture).not.toEqual(fine.picture);
    const style = resize(painting, { width: 32, height: 24 }, "nearest");
    const seen = await run({}, { styles: [{ picture: style, weight: 1 }] });
    expect(coarse.picture).toEqual(seen.picture);
  });

  test("that is too small for its scale is not enlarged, and that is said", async () => {
    const { events } = await run({ styleScale: 2 });
    expect(events.filter((event) => event.kind === "warning")).toEqual([
      {
        kind: "warning",
        message:
          "a style scale of 2 looks at a painting of 64 px, and one has 40 px: it is not enlarged, which is a scale of 1.25.",
      },
    ]);
    expect((await run({ styleScale: 1.2 })).events.some(({ kind }) => kind === "warning")).toBe(
      false,
    );
  });

  test("that would have no style at its scale is looked at larger, and that is said", async () => {
    expect(await sizesSeen({ styleScale: 0.1 })).toContain("4,6");
    const { events, losses } = await run({ styleScale: 0.1 });
    expect(events.filter((event) => event.kind === "warning")).toEqual([
      {
        kind: "warning",
        message:
          "a style scale of 0.1 looks at a painting of 3×2 px, too small to have a style: its shorter side is made 4 px, which is a scale of 0.20.",
      },
    ]);
    expect(losses!.totalLoss).toBeLessThan(Infinity);
  });

  test("is given the strokes of another, one after the other, before the work starts", async () => {
    const other = picture({ width: 40, height: 40 }, 9);
    const { events, picture: mixed } = await run(
      { iterations: 10 },
      { fineStyle: other, styles: [1, 2].map((weight) => ({ picture: painting, weight })) },
    );
    expect(mixed).not.toEqual((await run({ iterations: 10 })).picture);
    const strokes = events.filter((event) => event.kind === "fineStrokes");
    expect(strokes.map(({ painting: n, iteration }) => [n, iteration])).toEqual([
      ...[1, 2, 2].map((iteration) => [1, iteration]),
      ...[1, 2, 2].map((iteration) => [2, iteration]),
    ]);
    expect(strokes[0]).toMatchObject({ paintings: 2, of: 2 });
    expect(events.indexOf(strokes.at(-1)!)).toBeLessThan(
      events.findIndex(({ kind }) => kind === "iteration"),
    );
  });
});

describe("a reference", () => {
  const reference = picture({ width: 120, height: 80 }, 8);

  test("draws the picture to itself, more by a larger weight", async () => {
    const wanted = resize(reference, { width: 32, height: 21 }).data;
    const far = async (pixelLoss: number): Promise<number> => {
      const { picture: made } = await run({ pixelLoss, iterations: 8 }, { reference });
      return made.data.reduce((sum, value, i) => sum + Math.abs(value - wanted[i]!), 0);
    };
    const [little, much] = [await far(1), await far(1000)];
    expect(much).toBeLessThan(0.5 * little);
  });

  test.each([
    ["is missing", { pixelLoss: 1 }, {}, "a pixel loss needs a reference picture; got none."],
    [
      "has no weight",
      {},
      { reference },
      "a reference picture counts by the weight of the pixel loss: expected one above 0; got 0.",
    ],
    [
      "has other proportions",
      { pixelLoss: 1 },
      { reference: painting },
      "the reference of 40×30 px has not the proportions of the photo, 60×40 px. Crop one of them.",
    ],
  ])("that %s is refused", async (_, recipe, options, message) => {
    await expect(run(recipe, options)).rejects.toThrow(message);
  });
});

test("the photo's detail is followed more by a larger weight", async () => {
  const detail = async (detailWeight: number): Promise<number> => {
    const { losses } = await run({ detailWeight, init: "noise", iterations: 8 });
    return losses!.detailLoss;
  };
  const [little, much] = [await detail(0.01), await detail(1000)];
  expect(much).toBeLessThan(0.5 * little);
  expect((await run()).losses).toMatchObject({ detailLoss: 0, pixelLoss: 0 });
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
