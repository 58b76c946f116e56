import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { mul } from "../../src/ops/mul.ts";
import { StopGradient, stopGradient } from "../../src/ops/stopGradient.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { pulledBack } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: StopGradient,
  cases: shape().map((s) => ({ inputs: [{ shape: s }], build: (x) => stopGradient(x) })),
});

test("the gradient of x times a stopped x is x and not 2x", () => {
  const x = constant(tensor([3, -4]));
  expect(pulledBack(tensor([1, 1]), mul(x, stopGradient(x)), x)).toEqual([3, -4]);
});
