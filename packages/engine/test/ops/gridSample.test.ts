import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { GridSample, gridSample, type GridSampleAttributes } from "../../src/ops/gridSample.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { size } from "./shapes.ts";

const attributes: fc.Arbitrary<GridSampleAttributes> = fc.record({
  padding: fc.constantFrom("zeros", "border"),
  alignCorners: fc.boolean(),
});

checkOp({
  op: GridSample,
  cases: fc
    .tuple(size(2), size(3), size(4), size(4), size(4), size(4), attributes)
    .map(([n, c, h, w, height, width, options]) => ({
      // Beyond ±1 on purpose: more than half of the points lie outside.
      inputs: [{ shape: [n, c, h, w] }, { shape: [n, height, width, 2], range: [-1.5, 1.5] }],
      build: (x, grid) => gridSample(x, grid, options),
    })),
  runs: 60,
});

describe("a row of pixels 10, 20, 40 looked up at x = −1, −0.5, 0, 1, 1.5", () => {
  const lookedUp = (options: GridSampleAttributes): number[] => {
    const x = input("x", [1, 1, 1, 3]);
    const grid = input("grid", [1, 1, 5, 2]);
    const { y } = evaluate(createGraph({ y: gridSample(x, grid, options) }), {
      x: dense([1, 1, 1, 3], Float64Array.of(10, 20, 40)),
      grid: dense([1, 1, 5, 2], Float64Array.of(-1, 0, -0.5, 0, 0, 0, 1, 0, 1.5, 0)),
    });
    return [...y.data];
  };

  test("meets the outermost centres at ±1 if corners are aligned", () => {
    expect(lookedUp({ padding: "border", alignCorners: true })).toEqual([10, 15, 20, 40, 40]);
    // x = 1.5 lies half a pixel beyond the last centre: half of it is black.
    expect(lookedUp({ padding: "zeros", alignCorners: true })).toEqual([10, 15, 20, 40, 20]);
  });

  test("meets the outer edges at ±1 if not", () => {
    // Positions in pixels: −0.5, 0.25, 1, 2.5, 3.25.
    expect(lookedUp({ padding: "border", alignCorners: false })).toEqual([10, 12.5, 20, 40, 40]);
    expect(lookedUp({ padding: "zeros", alignCorners: false })).toEqual([5, 12.5, 20, 20, 0]);
  });
});

test("the first number of a pair is the column", () => {
  const x = input("x", [1, 1, 2, 2]);
  const grid = input("grid", [1, 1, 1, 2]);
  const { y } = evaluate(createGraph({ y: gridSample(x, grid, { alignCorners: true }) }), {
    x: dense([1, 1, 2, 2], Float64Array.of(1, 2, 3, 4)),
    grid: dense([1, 1, 1, 2], Float64Array.of(1, -1)),
  });
  expect([...y.data]).toEqual([2]);
});

test("the grid gives the size, symbolic or not", () => {
  const x = input("x", [1, 3, symbol("h"), symbol("w")]);
  const grid = input("grid", [1, symbol("p"), 7, 2]);
  expect(formatShape(gridSample(x, grid).shape)).toBe("[1, 3, p, 7]");
});

test("a grid without pairs or for another batch is refused", () => {
  const x = input("x", [2, 3, 4, 4]);
  expect(() => gridSample(x, input("grid", [2, 4, 4, 3]))).toThrow("must be [2, h, w, 2]");
  expect(() => gridSample(x, input("grid", [1, 4, 4, 2]))).toThrow("got [1, 4, 4, 2]");
});
