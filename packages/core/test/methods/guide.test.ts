import { createGraph, dense, evaluate, gradient, input } from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import type { Mask } from "../../src/image/mask.ts";
import type { Raster } from "../../src/image/raster.ts";
import { gramLoss, relativeGramLoss } from "../../src/losses/gram.ts";
import type { FeatureLoss } from "../../src/losses/loss.ts";
import { relativeMomentsLoss } from "../../src/losses/moments.ts";
import { wassersteinLoss } from "../../src/losses/wasserstein.ts";
import type { Criterion, FeatureTerm } from "../../src/methods/criterion.ts";
import { guideAt } from "../../src/methods/guide.ts";
import { blendTargets, loadObjective, measureStatistics } from "../../src/methods/objective.ts";
import { loadTiledObjective, measureInTiles } from "../../src/methods/tiledObjective.ts";
import { gramMatrix } from "../../src/statistics/gramMatrix.ts";
import { moments } from "../../src/statistics/moments.ts";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { relativeError } from "../numbers.ts";
import { featureMap, picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const size = { width: 5, height: 4 };
const positions = size.width * size.height;

function maskBy(
  { width, height }: Omit<Mask, "data">,
  weight: (x: number, y: number) => number,
): Mask {
  const data = Float32Array.from({ length: width * height }, (_, i) =>
    weight(i % width, Math.floor(i / width)),
  );
  return { width, height, data };
}

const soft = maskBy(size, (x, y) => (x < 2 ? 0 : (x + y) / 8));

function weightsOf(mask: Mask) {
  return dense([1, 1, mask.height, mask.width], Float64Array.from(guideAt(mask, mask).data));
}

describe("guided statistics", () => {
  const features = featureMap([1, 3, size.height, size.width], 1);

  test("are sums over positions, each times its weight, by the sum of weights", () => {
    const [x, w] = [input("x", features.shape), input("w", [1, 1, size.height, size.width])];
    const { mean, second } = moments(x, w);
    const graph = createGraph({ gram: gramMatrix(x, w), mean, second });
    const found = evaluate(graph, { x: features, w: weightsOf(soft) });
    const whole = soft.data.reduce((sum, weight) => sum + weight);
    for (let i = 0; i < 3; i++) {
      const at = (channel: number, p: number): number => features.data[channel * positions + p]!;
      const over = (value: (p: number) => number): number =>
        soft.data.reduce((sum, weight, p) => sum + weight * value(p), 0) / whole;
      expect(found.mean.data[i]).toBeCloseTo(
        over((p) => at(i, p)),
        6,
      );
      for (let j = 0; j < 3; j++) {
        const product = over((p) => at(i, p) * at(j, p));
        expect(found.gram.data[3 * i + j]).toBeCloseTo(product, 6);
        expect(found.second.data[3 * i + j]).toBeCloseTo(product, 6);
      }
    }
  });

  test.each([gramLoss, relativeGramLoss, relativeMomentsLoss])(
    "have the gradient that differences have: $name",
    (loss) => {
      const w = input("w", [1, 1, size.height, size.width]);
      const [x, of] = [input("x", features.shape), input("of", features.shape)];
      const model = loss.statistic(of);
      const value = loss.compare(loss.statistic(x, w), loss.target?.(model) ?? model);
      const graph = createGraph({ value, slope: gradient(value, [x])[0]! });
      const feeds = { w: weightsOf(soft), of: featureMap([1, 3, size.height, size.width], 7) };
      const at = (data: Float64Array) =>
        evaluate(graph, { ...feeds, x: dense(features.shape, data) });
      const { slope } = at(features.data);
      const step = 1e-4;
      const differences = features.data.map((number, i) => {
        const moved = (by: number): number => at(features.data.with(i, number + by)).value.data[0]!;
        return (moved(step) - moved(-step)) / (2 * step);
      });
      expect(relativeError(slope.data, differences)).toBeLessThan(1e-6);
      // What is black has no part in it.
      expect(slope.data.filter((_, i) => i % size.width < 2).every((part) => part === 0)).toBe(
        true,
      );
    },
  );

  test("do not depend on the area of a region, nor on how white it is", () => {
    const x = input("x", features.shape);
    const w = input("w", [1, 1, size.height, size.width]);
    const graph = createGraph({ gram: gramMatrix(x, w) });
    const flat = dense(features.shape, new Float64Array(3 * positions).fill(2));
    for (const mask of [
      maskBy(size, (column) => Number(column < 1)),
      maskBy(size, () => 0.3),
      soft,
    ])
      expect(evaluate(graph, { x: flat, w: weightsOf(mask) }).gram.data[0]).toBeCloseTo(4, 5);
  });
});

test("each half has the statistics that it has alone", async () => {
  const encoder = tinyEncoder({ edge: "replicate" });
  const [left, right] = [
    picture({ width: 32, height: 24 }, 2),
    picture({ width: 32, height: 24 }, 3),
  ];
  const both = beside(left, right);
  const term: FeatureTerm = { name: "style", weight: 1, layers: { relu1_1: 1 }, loss: gramLoss };
  const halves = [
    {
      alone: left,
      mask: maskBy(both, (x) => Number(x < 31)),
      own: maskBy(left, (x) => Number(x < 31)),
    },
    {
      alone: right,
      mask: maskBy(both, (x) => Number(x > 32)),
      own: maskBy(right, (x) => Number(x > 0)),
    },
  ];
  for (const { alone, mask, own } of halves) {
    const found = await measureStatistics(runtime, encoder, term, both, mask);
    // The column at the border sees both pictures.
    const expected = await measureStatistics(runtime, encoder, term, alone, own);
    for (const name of Object.keys(expected))
      expect(relativeError(numbersOf(found[name]!), numbersOf(expected[name]!))).toBeLessThan(1e-6);
  }
});

test.each([
  ["relative gram", relativeGramLoss],
  ["moments", relativeMomentsLoss],
  ["wasserstein", wassersteinLoss],
] as const)("regions in tiles are regions at once: %s", async (_, loss) => {
  const encoder = tinyEncoder({ edge: "replicate" });
  for (const whole of [
    { width: 53, height: 37 },
    { width: 40, height: 61 },
  ]) {
    const ramp = maskBy(whole, (x) => x / whole.width);
    const criterion = criterionOf(loss, [ramp, { ...ramp, data: ramp.data.map((w) => 1 - w) }]);
    const painting = dark(picture({ width: 45, height: 40 }, 3));
    const guide = maskBy(painting, (x, y) => Number(x > y));
    const photo = picture(whole, 2);
    const pixels = picture(whole, 9).data;
    const targets = async (tileSide?: number) => {
      const found = {};
      for (const term of criterion.features) {
        const statistics =
          tileSide === undefined
            ? await measureStatistics(runtime, encoder, term, painting, guide)
            : await measureInTiles(runtime, encoder, term, painting, { side: tileSide }, guide);
        Object.assign(found, await blendTargets(runtime, term, [{ statistics, weight: 1 }]));
      }
      return found;
    };
    const atOnce = await loadObjective(runtime, encoder, criterion, whole, await targets());
    const { gradient: kept, ...expected } = await atOnce.evaluate(pixels);
    const slope = kept.slice();
    await atOnce.dispose();
    for (const side of [14, 21]) {
      const models = { targets: await targets(side), photo };
      const options = { side, keepsFeatures: true };
      const tiled = await loadTiledObjective(runtime, encoder, criterion, whole, models, options);
      const found = await tiled.evaluate(pixels);
      expect(relativeError([found.total], [expected.total])).toBeLessThan(1e-5);
      expect(relativeError(found.gradient, slope)).toBeLessThan(1e-5);
      await tiled.dispose();
    }
  }
});

test("an empty mask is refused", () => {
  expect(() =>
    guideAt(
      maskBy(size, () => 0),
      size,
    ),
  ).toThrow("a mask that is black everywhere has no style: paint its region white.");
});

function criterionOf(loss: FeatureLoss, guides: readonly Mask[]): Criterion {
  const layers = { relu1_1: 0.3, relu2_1: 1.3 };
  const features = guides.map((guide, i) => ({
    name: `style ${i}`,
    weight: 3,
    layers,
    loss,
    guide,
  }));
  return { features, image: [] };
}

function dark(painting: Raster): Raster {
  return { ...painting, data: painting.data.map((value) => 0.4 * value) };
}

function beside(left: Raster, right: Raster): Raster {
  const { width, height } = left;
  const data = new Float32Array(2 * left.data.length);
  for (let row = 0; row < 3 * height; row++) {
    data.set(left.data.subarray(row * width, (row + 1) * width), 2 * row * width);
    data.set(right.data.subarray(row * width, (row + 1) * width), (2 * row + 1) * width);
  }
  return { width: 2 * width, height, data };
}

function numbersOf({ data }: { readonly data: ArrayLike<number | bigint | boolean> }): number[] {
  return Array.from(data, Number);
}
