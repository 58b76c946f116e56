import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { Equal, equal } from "../../src/ops/equal.ts";
import { int64, tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Equal,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [
      { shape: a, indices: [0, 2] },
      { shape: b, indices: [0, 2] },
    ],
    build: (x, y) => equal(x, y),
  })),
});

test("equality is exact, and a bool", () => {
  const y = equal(constant(tensor([1, 2, 3])), constant(tensor([1, 2.0001, -3])));
  expect(y.dtype).toBe("bool");
  expect(numbersOf(y)).toEqual([1, 0, 0]);
});

test("operands of different element types are not compared", () => {
  expect(() => equal(constant(1), constant(int64([1])))).toThrow(
    "Equal(constant[], constant[1]): operands must have one dtype; got float32 and int64. Use cast.",
  );
});
