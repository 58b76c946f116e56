import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { neg, Neg } from "../../src/ops/neg.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Neg,
  cases: shape().map((s) => ({ inputs: [{ shape: s }], build: (x) => neg(x) })),
});

test("negation changes the sign", () => {
  expect(numbersOf(neg(constant(tensor([2, -3]))))).toEqual([-2, 3]);
});
