import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { sin, Sin } from "../../src/ops/sin.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Sin,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [-7, 7] }], build: (x) => sin(x) })),
});

test("the sine of 0 is 0", () => {
  expect(numbersOf(sin(constant(tensor([0]))))).toEqual([0]);
});
