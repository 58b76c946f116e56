import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { greaterOrEqual, GreaterOrEqual } from "../../src/ops/greaterOrEqual.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: GreaterOrEqual,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [
      { shape: a, indices: [0, 2] },
      { shape: b, indices: [0, 2] },
    ],
    build: (x, y) => greaterOrEqual(x, y),
  })),
});

test("1, 2 and 3 compared with 2, as bool", () => {
  const y = greaterOrEqual(constant(tensor([1, 2, 3])), constant(2));
  expect(y.dtype).toBe("bool");
  expect(numbersOf(y)).toEqual([0, 1, 1]);
});
