import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { greater } from "../../src/ops/greater.ts";
import { not, Not } from "../../src/ops/not.ts";
import { tensorOf } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Not,
  cases: shape().map((s) => ({
    inputs: [{ shape: s }],
    build: (x) => not(greater(x, constant(0))),
  })),
});

test("true becomes false and false true", () => {
  expect(numbersOf(not(constant(tensorOf("bool", Uint8Array.of(0, 1), [2]))))).toEqual([1, 0]);
});

test("a number is neither true nor false", () => {
  expect(() => not(constant(1))).toThrow("operands must be bool; got float32. Use cast.");
});
