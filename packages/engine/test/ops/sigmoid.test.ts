import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { sigmoid, Sigmoid } from "../../src/ops/sigmoid.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Sigmoid,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [-6, 6] }], build: (x) => sigmoid(x) })),
});

test("the middle is one half", () => {
  expect(numbersOf(sigmoid(constant(tensor([0]))))).toEqual([0.5]);
});
