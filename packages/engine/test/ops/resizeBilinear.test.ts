import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { ResizeBilinear, resizeBilinear } from "../../src/ops/resizeBilinear.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { shape, size } from "./shapes.ts";

const scale = fc.integer({ min: 32, max: 192 }).map((parts) => parts / 64);
const target = fc.oneof(
  fc.tuple(size(9), size(9)).map((to) => ({ size: to })),
  fc.tuple(scale, scale).map((scales) => ({ scales })),
);

checkOp({
  op: ResizeBilinear,
  cases: fc.tuple(shape(2), size(5), size(5), target).map(([nc, h, w, attributes]) => ({
    inputs: [{ shape: [...nc, h + 1, w + 1] }],
    build: (x) => resizeBilinear(x, attributes),
  })),
});

describe("half-pixel centres", () => {
  const resized = (
    values: number[],
    attributes: Parameters<typeof resizeBilinear>[1],
  ): number[] => {
    const x = input("x", [1, 1, 1, values.length]);
    const { y } = evaluate(createGraph({ y: resizeBilinear(x, attributes) }), {
      x: dense([1, 1, 1, values.length], Float64Array.from(values)),
    });
    return [...y.data];
  };

  test("doubling mixes neighbours three to one and keeps the borders", () => {
    expect(resized([0, 4, 8], { scales: [1, 2] })).toEqual([0, 1, 3, 5, 7, 8]);
  });

  test("halving by size takes the mean of two", () => {
    expect(resized([0, 4, 8, 2], { size: [1, 2] })).toEqual([2, 5]);
  });

  test("scales that cut off a part of a pixel keep their own step, where a size would stretch", () => {
    // floor(3 · 0.5) = 1 pixel: its centre is at 0.5 of the input by the scale, at 1 by the size.
    expect(resized([0, 4, 8], { scales: [1, 0.5] })).toEqual([2]);
    expect(resized([0, 4, 8], { size: [1, 1] })).toEqual([4]);
  });
});

test("symbolic sizes are scaled and rounded down", () => {
  const x = input("x", [1, 8, symbol("h"), symbol("w")]);
  const { shape: resized } = resizeBilinear(x, { scales: [1.5, 2] });
  expect(formatShape(resized)).toBe("[1, 8, floor((h)/2)+h, 2*w]");
});

test("scales that float32 does not hold and sizes of nothing are refused", () => {
  const x = input("x", [1, 8, 4, 4]);
  expect(() => resizeBilinear(x, { scales: [0.3, 1] })).toThrow(
    "positive multiples of 1/64; got 0.3",
  );
  expect(() => resizeBilinear(x, { scales: [0.125, 1] })).toThrow("whole numbers >= 1; got [0, 4]");
  expect(() => resizeBilinear(x, { size: [0, 4] })).toThrow("whole numbers >= 1; got [0, 4]");
});
