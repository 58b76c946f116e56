import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { reduceMin, ReduceMin } from "../../src/ops/reduceMin.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { reductionCases } from "./reductions.ts";

checkOp({ op: ReduceMin, cases: reductionCases(reduceMin, { apart: 0.01 }) });

test("equal elements share the gradient equally, as in PyTorch's amin", () => {
  const x = constant(tensor([1, 0, 0, 0, 5, 6], [2, 3]));
  const y = reduceMin(x, { axes: [-1] });
  expect(numbersOf(y)).toEqual([0, 0]);
  expect(pulledBack(tensor([6, 7]), y, x)).toEqual([0, 3, 3, 7, 0, 0]);
});
