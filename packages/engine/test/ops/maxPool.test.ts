import { describe, expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { MaxPool, maxPool } from "../../src/ops/maxPool.ts";
import { reduceSum } from "../../src/ops/reduceSum.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { pooling } from "./pooling.ts";

checkOp({
  op: MaxPool,
  cases: pooling.map(({ shape, options }) => ({
    inputs: [{ shape, apart: 0.01 }],
    build: (x) => maxPool(x, options),
  })),
  runs: 60,
});

test("padding never wins, not even over negative pixels", () => {
  const x = input("x", [1, 1, 1, 3]);
  const y = maxPool(x, { kernel: [1, 2], strides: [1, 1], pads: [0, 1, 0, 0] });
  const result = evaluate(createGraph({ y }), {
    x: dense([1, 1, 1, 3], Float64Array.of(-2, -4, -8)),
  });
  expect([...result.y.data]).toEqual([-2, -2, -4]);
});

test("a window that hangs over the edge counts if asked for, as in GoogLeNet (112 → 56)", () => {
  const window = { kernel: [3, 3], strides: [2, 2] } as const;
  expect(maxPool(input("x", [1, 64, 112, 112]), window).shape).toEqual([1, 64, 55, 55]);
  expect(maxPool(input("x", [1, 64, 112, 112]), { ...window, ceil: true }).shape).toEqual([
    1, 64, 56, 56,
  ]);
  const open = input("x", [1, 64, symbol("h"), 7]);
  expect(formatShape(maxPool(open, { ...window, ceil: true }).shape)).toBe(
    "[1, 64, floor((h)/2), 3]",
  );
});

test("a hanging window that starts behind the image does not count", () => {
  const x = input("x", [1, 1, 5, 6]);
  expect(maxPool(x, { kernel: [1, 2], strides: [3, 4], ceil: true }).shape).toEqual([1, 1, 2, 2]);
  expect(maxPool(x, { kernel: [1, 1], strides: [5, 5], ceil: true }).shape).toEqual([1, 1, 1, 2]);
});

describe("pixels that share the maximum", () => {
  const shared = (
    kernel: readonly [number, number],
    strides: readonly [number, number],
  ): number[] => {
    const x = input("x", [1, 1, 1, 4]);
    const loss = reduceSum(maxPool(x, { kernel, strides }));
    const [g] = gradient(loss, [x]);
    const feeds = { x: dense([1, 1, 1, 4], Float64Array.of(7, 7, 3, 5)) };
    return [...evaluate(createGraph({ g: g! }), feeds).g.data];
  };

  test("share the gradient where windows tile the image", () => {
    expect(shared([1, 2], [1, 2])).toEqual([0.5, 0.5, 0, 1]);
  });

  test("share the gradient where windows overlap", () => {
    // Windows (7, 7), (7, 3), (3, 5).
    expect(shared([1, 2], [1, 1])).toEqual([0.5, 1.5, 0, 1]);
  });
});
