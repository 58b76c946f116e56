import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { reduceMax, ReduceMax } from "../../src/ops/reduceMax.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { reductionCases } from "./reductions.ts";

checkOp({ op: ReduceMax, cases: reductionCases(reduceMax, { apart: 0.01 }) });

test("equal elements share the gradient equally, as in PyTorch's amax", () => {
  const x = constant(tensor([1, 3, 3, 3, 5, 6], [2, 3]));
  const y = reduceMax(x, { axes: [-1] });
  expect(numbersOf(y)).toEqual([3, 6]);
  expect(pulledBack(tensor([6, 7]), y, x)).toEqual([0, 3, 3, 0, 0, 7]);
});
