import { expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { AveragePool, averagePool } from "../../src/ops/averagePool.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { pooling } from "./pooling.ts";

checkOp({
  op: AveragePool,
  cases: pooling.map(({ shape, options: { ceil: _, ...options } }) => ({
    inputs: [{ shape }],
    build: (x) => averagePool(x, options),
  })),
  runs: 60,
});

test("padding counts as zeros, so that all windows have one weight", () => {
  const x = input("x", [1, 1, 1, 3]);
  const y = averagePool(x, { kernel: [1, 2], strides: [1, 1], pads: [0, 1, 0, 0] });
  const result = evaluate(createGraph({ y }), { x: dense([1, 1, 1, 3], Float64Array.of(2, 4, 8)) });
  expect([...result.y.data]).toEqual([1, 3, 6]);
});

test("windows that tile an image of symbolic size halve it", () => {
  const x = input("x", [1, 64, symbol("h"), symbol("w")]);
  expect(formatShape(averagePool(x, { kernel: [2, 2] }).shape)).toBe(
    "[1, 64, floor((h)/2), floor((w)/2)]",
  );
});

test("a window larger than the image is refused", () => {
  expect(() => averagePool(input("x", [1, 3, 2, 8]), { kernel: [3, 3] })).toThrow(
    "the window of 3×3 px is larger than the image, [1, 3, 2, 8].",
  );
});
