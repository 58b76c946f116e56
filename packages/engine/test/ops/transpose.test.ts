import fc from "fast-check";
import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { transpose, Transpose } from "../../src/ops/transpose.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes, numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Transpose,
  cases: shape().chain((s) =>
    fc
      .shuffledSubarray([...s.keys()], { minLength: s.length })
      .map((perm) => ({ inputs: [{ shape: s }], build: (x) => transpose(x, perm) })),
  ),
});

test("[[1, 2, 3], [4, 5, 6]] becomes [[1, 4], [2, 5], [3, 6]]", () => {
  const x = constant(tensor([1, 2, 3, 4, 5, 6], [2, 3]));
  expect(numbersOf(transpose(x, [1, 0]))).toEqual([1, 4, 2, 5, 3, 6]);
});

test("axis i of the result is axis perm[i]", async () => {
  expect(transpose(input("x", [2, 3, 4]), [2, 0, 1]).shape).toEqual([4, 2, 3]);
  await checkAtSizes([[2, symbol("h"), symbol("w")]], (x) => transpose(x, [1, 2, 0]), [
    { h: 3, w: 4 },
    { h: 5, w: 1 },
  ]);
});

test("a list that is no permutation of the axes is refused", () => {
  for (const perm of [[0], [0, 0], [0, 2]])
    expect(() => transpose(input("x", [2, 3]), perm)).toThrow(
      "must name each axis of the input once",
    );
});
