import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { sqrt, Sqrt } from "../../src/ops/sqrt.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Sqrt,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [0.2, 4] }], build: (x) => sqrt(x) })),
});

test("the square root of 6.25 is 2.5", () => {
  expect(numbersOf(sqrt(constant(tensor([6.25, 0]))))).toEqual([2.5, 0]);
});
