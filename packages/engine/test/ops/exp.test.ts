import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { exp, Exp } from "../../src/ops/exp.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Exp,
  cases: shape().map((s) => ({ inputs: [{ shape: s }], build: (x) => exp(x) })),
});

test("e to the power 0 is 1", () => {
  expect(numbersOf(exp(constant(tensor([0]))))).toEqual([1]);
});
