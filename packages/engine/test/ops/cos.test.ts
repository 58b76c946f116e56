import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { cos, Cos } from "../../src/ops/cos.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Cos,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [-7, 7] }], build: (x) => cos(x) })),
});

test("the cosine of 0 is 1", () => {
  expect(numbersOf(cos(constant(tensor([0]))))).toEqual([1]);
});
