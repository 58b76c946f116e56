import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { tanh, Tanh } from "../../src/ops/tanh.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Tanh,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [-3, 3] }], build: (x) => tanh(x) })),
});

test("the hyperbolic tangent of 0 is 0", () => {
  expect(numbersOf(tanh(constant(tensor([0]))))).toEqual([0]);
});
