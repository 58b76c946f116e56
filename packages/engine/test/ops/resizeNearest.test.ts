import fc from "fast-check";
import { expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { ResizeNearest, resizeNearest } from "../../src/ops/resizeNearest.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { shape, size } from "./shapes.ts";

checkOp({
  op: ResizeNearest,
  cases: fc.tuple(shape(4), size(3), size(3)).map(([s, ...scales]) => ({
    inputs: [{ shape: s }],
    build: (x) => resizeNearest(x, { scales }),
  })),
});

test("a pixel becomes a rectangle of the scales' sides", () => {
  const x = input("x", [1, 1, 1, 2]);
  const { y } = evaluate(createGraph({ y: resizeNearest(x, { scales: [2, 3] }) }), {
    x: dense([1, 1, 1, 2], Float64Array.of(5, 7)),
  });
  expect(y.shape).toEqual([1, 1, 2, 6]);
  expect([...y.data]).toEqual([5, 5, 5, 7, 7, 7, 5, 5, 5, 7, 7, 7]);
});

test("symbolic sizes are multiplied by the scales", () => {
  const x = input("x", [1, 8, symbol("h"), symbol("w")]);
  expect(formatShape(resizeNearest(x, { scales: [2, 3] }).shape)).toBe("[1, 8, 2*h, 3*w]");
});

test("broken scales are refused", () => {
  const x = input("x", [1, 8, 4, 4]);
  expect(() => resizeNearest(x, { scales: [1.5, 2] })).toThrow("scales must be whole numbers");
  expect(() => resizeNearest(x, { scales: [2, 0] })).toThrow("scales must be whole numbers");
});
