import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { greater } from "../../src/ops/greater.ts";
import { and, And } from "../../src/ops/and.ts";
import { tensorOf } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: And,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [{ shape: a }, { shape: b }],
    build: (x, y) => and(greater(x, constant(0)), greater(y, constant(0))),
  })),
});

test("the table of truth", () => {
  const a = constant(tensorOf("bool", Uint8Array.of(0, 0, 1, 1), [4]));
  const b = constant(tensorOf("bool", Uint8Array.of(0, 1, 0, 1), [4]));
  expect(numbersOf(and(a, b))).toEqual([0, 0, 0, 1]);
});

test("numbers are neither true nor false", () => {
  expect(() => and(constant(1), constant(0))).toThrow(
    "And(constant[], constant[]): operands must be bool; got float32. Use cast.",
  );
});
