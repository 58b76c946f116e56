import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { add, Add } from "../../src/ops/add.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Add,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [{ shape: a }, { shape: b }],
    build: (x, y) => add(x, y),
  })),
});

test("a row and a column make a table", () => {
  const row = constant(tensor([1, 2, 3]));
  const column = constant(tensor([10, 20], [2, 1]));
  expect(numbersOf(add(column, row))).toEqual([11, 12, 13, 21, 22, 23]);
});

test("shapes that do not broadcast are refused by name", () => {
  expect(() => add(input("a", [2, 3]), input("b", [2, 4]))).toThrow(
    "Add(a[2, 3], b[2, 4]): shapes [2, 3] and [2, 4] do not broadcast: axis 1 is 3 and 4.",
  );
});
