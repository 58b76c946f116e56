import fc from "fast-check";
import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { matMul, MatMul } from "../../src/ops/matMul.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes, numbersOf } from "./numbers.ts";
import { broadcastingShapes, size } from "./shapes.ts";

checkOp({
  op: MatMul,
  cases: fc.tuple(broadcastingShapes, size(), size(7), size()).map(([[a, b], m, k, n]) => ({
    inputs: [{ shape: [...a, m, k] }, { shape: [...b, k, n] }],
    build: (x, y) => matMul(x, y),
  })),
});

test("[[1, 2], [3, 4]] times [[5], [6]] is [[17], [39]]", () => {
  const a = constant(tensor([1, 2, 3, 4], [2, 2]));
  const b = constant(tensor([5, 6], [2, 1]));
  expect(numbersOf(matMul(a, b))).toEqual([17, 39]);
});

test("batches broadcast: two matrices times one", () => {
  const a = constant(tensor([1, 2, 3, 4], [2, 1, 2]));
  const b = constant(tensor([5, 6], [2, 1]));
  const y = matMul(a, b);
  expect(y.shape).toEqual([2, 1, 1]);
  expect(numbersOf(y)).toEqual([17, 39]);
});

test("all sizes may be symbolic", async () => {
  const [m, k] = [symbol("m"), symbol("k")];
  const shapes = [
    [1, m, k],
    [2, k, 3],
  ];
  await checkAtSizes(shapes, (a, b) => matMul(a, b), [
    { m: 2, k: 1 },
    { m: 5, k: 6 },
  ]);
});

test("inner sizes that differ are refused", () => {
  expect(() => matMul(input("a", [2, 3]), input("b", [4, 5]))).toThrow(
    "MatMul(a[2, 3], b[4, 5]): needs [..., m, k] and [..., k, n]; got [2, 3] and [4, 5].",
  );
  expect(() => matMul(input("a", [3]), input("b", [3, 5]))).toThrow("needs [..., m, k]");
});
