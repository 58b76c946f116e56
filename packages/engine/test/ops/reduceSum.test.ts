import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { reduceSum, ReduceSum } from "../../src/ops/reduceSum.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes, numbersOf } from "./numbers.ts";
import { reductionCases } from "./reductions.ts";

checkOp({ op: ReduceSum, cases: reductionCases(reduceSum) });

test("[[1, 2, 3], [4, 5, 6]] sums to [6, 15] over axis 1 and to 21 over all", () => {
  const x = constant(tensor([1, 2, 3, 4, 5, 6], [2, 3]));
  expect(numbersOf(reduceSum(x, { axes: [-1] }))).toEqual([6, 15]);
  expect(numbersOf(reduceSum(x))).toEqual([21]);
});

test("axes may be kept with length 1", () => {
  const x = input("x", [2, 3, 4]);
  expect(reduceSum(x, { axes: [0, 2], keepDims: true }).shape).toEqual([1, 3, 1]);
});

test("sums over no axis are the tensor itself", () => {
  expect(numbersOf(reduceSum(constant(tensor([1, 2])), { axes: [] }))).toEqual([1, 2]);
});

test("symbolic axes can be summed", async () => {
  await checkAtSizes([[2, symbol("h"), symbol("w")]], (x) => reduceSum(x, { axes: [1] }), [
    { h: 1, w: 3 },
    { h: 5, w: 2 },
  ]);
});

test("an axis that does not exist, or comes twice, is refused", () => {
  const x = input("x", [2, 3]);
  expect(() => reduceSum(x, { axes: [2] })).toThrow("axes [2] must be different whole numbers");
  expect(() => reduceSum(x, { axes: [1, -1] })).toThrow("from -2 to 1");
});
