import { expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import { constant, input } from "../../src/graph/value.ts";
import { reduceMean, ReduceMean } from "../../src/ops/reduceMean.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes, numbersOf } from "./numbers.ts";
import { reductionCases } from "./reductions.ts";

checkOp({ op: ReduceMean, cases: reductionCases(reduceMean) });

test("the mean over axis 1 of [[1, 2, 6], [4, 5, 0]] is [3, 3]", () => {
  const x = constant(tensor([1, 2, 6, 4, 5, 0], [2, 3]));
  expect(numbersOf(reduceMean(x, { axes: [1] }))).toEqual([3, 3]);
});

test("means over symbolic axes need no size", async () => {
  const shape = [2, symbol("h"), symbol("w")];
  await checkAtSizes([shape], (x) => reduceMean(x, { axes: [1] }), [
    { h: 1, w: 3 },
    { h: 5, w: 2 },
  ]);
});

test("the gradient asks for known sizes", () => {
  const x = input("x", [symbol("h")]);
  expect(() => gradient(reduceMean(x), [x])).toThrow(
    "the gradient of ReduceMean needs known sizes; got [h].",
  );
});
