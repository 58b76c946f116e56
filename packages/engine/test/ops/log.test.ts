import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { log, Log } from "../../src/ops/log.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Log,
  cases: shape().map((s) => ({ inputs: [{ shape: s, range: [0.3, 4] }], build: (x) => log(x) })),
});

test("the logarithm of 1 is 0", () => {
  expect(numbersOf(log(constant(tensor([1]))))).toEqual([0]);
});
