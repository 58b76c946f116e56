import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { ceil, Ceil } from "../../src/ops/ceil.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Ceil,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [-3, 3] }], build: (x) => ceil(x) })),
});

test("rounding is upwards on both sides of zero", () => {
  expect(numbersOf(ceil(constant(tensor([-1.5, -1, 0.5, 2.75]))))).toEqual([-1, -1, 1, 3]);
});
