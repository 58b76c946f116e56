import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { sub, Sub } from "../../src/ops/sub.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Sub,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [{ shape: a }, { shape: b }],
    build: (x, y) => sub(x, y),
  })),
});

test("a row and a column make a table", () => {
  const row = constant(tensor([1, 2, 3]));
  const column = constant(tensor([10, 20], [2, 1]));
  expect(numbersOf(sub(column, row))).toEqual([9, 8, 7, 19, 18, 17]);
});

test("shapes that do not broadcast are refused by name", () => {
  expect(() => sub(input("a", [2, 3]), input("b", [2, 4]))).toThrow(
    "Sub(a[2, 3], b[2, 4]): shapes [2, 3] and [2, 4] do not broadcast: axis 1 is 3 and 4.",
  );
});
