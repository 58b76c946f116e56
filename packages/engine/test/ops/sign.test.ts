import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { Sign, sign } from "../../src/ops/sign.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Sign,
  cases: shape().map((s) => ({ inputs: [{ shape: s }], build: (x) => sign(x) })),
});

test("the sign of zero is zero", () => {
  expect(numbersOf(sign(constant(tensor([-3, 0, 0.5]))))).toEqual([-1, 0, 1]);
});
