import { describe, expect, test } from "vitest";
import { cubicMinimum, strongWolfe } from "../../src/optimisers/lineSearch.ts";
import type { Trial } from "../../src/optimisers/lineSearch.ts";

/** Searches along f with derivative df from t = 0 and returns every trial made. */
async function search(
  f: (t: number) => number,
  df: (t: number) => number,
  step: number,
): Promise<{ found: Trial; trials: number[] }> {
  const trials: number[] = [];
  const slope = df(0);
  const start: Trial = { t: 0, loss: f(0), slope, predicted: 0 };
  const found = await strongWolfe({
    start,
    step,
    reach: () => 1,
    tolerance: 1e-9,
    evaluate: (t) => {
      trials.push(t);
      const loss = f(t);
      return Promise.resolve({
        t,
        loss: Number.isNaN(loss) ? Infinity : loss,
        slope: df(t),
        predicted: t * slope,
      });
    },
  });
  return { found, trials };
}

test("the cubic through two points of t³ − 3t is lowest at 1", () => {
  const at = (t: number): Trial => ({
    t,
    loss: t ** 3 - 3 * t,
    slope: 3 * t * t - 3,
    predicted: 0,
  });
  expect(cubicMinimum(at(0), at(2), 0, 2)).toBeCloseTo(1, 12);
  expect(cubicMinimum(at(2), at(0), 0, 2)).toBeCloseTo(1, 12);
  expect(cubicMinimum(at(0), at(2), 1.5, 2)).toBe(1.5);
});

test("a cubic without a minimum gives the middle", () => {
  const rising: Trial = { t: 1, loss: 1, slope: 2, predicted: 0 };
  const higher: Trial = { t: 2, loss: 2, slope: 2, predicted: 0 };
  expect(cubicMinimum(rising, higher, 1, 2)).toBe(1.5);
});

describe("the point found satisfies both conditions", () => {
  test.each([
    ["a parabola, first step right", (t: number) => (t - 1) ** 2, (t: number) => 2 * (t - 1), 1],
    [
      "a parabola, first step far too short",
      (t: number) => (t - 1) ** 2,
      (t: number) => 2 * (t - 1),
      1e-3,
    ],
    [
      "a parabola, first step far too long",
      (t: number) => (t - 1) ** 2,
      (t: number) => 2 * (t - 1),
      1e3,
    ],
    [
      "a narrow valley",
      (t: number) => Math.cosh(20 * (t - 0.1)),
      (t: number) => 20 * Math.sinh(20 * (t - 0.1)),
      1,
    ],
    ["a wave", (t: number) => -Math.sin(t), (t: number) => -Math.cos(t), 10],
  ])("%s", async (_name, f, df, step) => {
    const { found, trials } = await search(f, df, step);
    expect(found.loss).toBeLessThanOrEqual(f(0) + 1e-4 * found.t * df(0));
    expect(Math.abs(df(found.t))).toBeLessThanOrEqual(0.9 * Math.abs(df(0)));
    expect(trials.length).toBeLessThanOrEqual(25);
  });
});

test("a step is extended at most tenfold at a time", async () => {
  const { trials } = await search(
    (t) => -t,
    () => -1,
    1,
  );
  expect(trials.slice(0, 4)).toEqual([1, 10, 100, 1000]);
  expect(trials).toHaveLength(25);
});

test("trials that are not finite are infinitely high: the bracket is halved until one is finite", async () => {
  const f = (t: number): number => (t > 0.2 ? NaN : (t - 0.1) ** 2);
  const { found, trials } = await search(f, (t) => 2 * (t - 0.1), 1);
  expect(trials.slice(0, 4)).toEqual([1, 0.5, 0.25, 0.125]);
  expect(found.t).toBe(0.125);
});

test("where nothing is lower the start itself is returned", async () => {
  const { found } = await search(
    (t) => t,
    () => -1,
    1,
  );
  expect(found.t).toBe(0);
});
