import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { floor, Floor } from "../../src/ops/floor.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Floor,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [-3, 3] }], build: (x) => floor(x) })),
});

test("rounding is downwards on both sides of zero", () => {
  expect(numbersOf(floor(constant(tensor([-1.5, -1, 0.5, 2.75]))))).toEqual([-2, -1, 0, 2]);
});
