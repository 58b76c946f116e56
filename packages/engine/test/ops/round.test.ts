import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { round, Round } from "../../src/ops/round.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Round,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [-3, 3] }], build: (x) => round(x) })),
});

test("halves go to the even neighbour (examples of ONNX's Round)", () => {
  expect(numbersOf(round(constant(tensor([0.9, 2.5, 2.3, 1.5, -4.5]))))).toEqual([1, 2, 2, 2, -4]);
});
