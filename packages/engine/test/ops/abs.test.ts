import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { abs, Abs } from "../../src/ops/abs.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { pulledBack } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Abs,
  cases: shape().map((s) => ({ inputs: [{ shape: s, apart: 0.01 }], build: (x) => abs(x) })),
});

test("the gradient is -1, 0 or 1 by the sign, 0 at the kink", () => {
  const x = constant(tensor([-0.001, 0, 7]));
  expect(pulledBack(tensor([2, 3, 5]), abs(x), x)).toEqual([-2, 0, 5]);
});
