import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { softplus, Softplus } from "../../src/ops/softplus.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Softplus,
  cases: shape().map((s) => ({
    inputs: [{ shape: s, range: [-6, 6] }],
    build: (x) => softplus(x),
  })),
});

test("large numbers stay as they are, and none overflows", () => {
  expect(numbersOf(softplus(constant(tensor([1000, -1000]))))).toEqual([1000, 0]);
});
