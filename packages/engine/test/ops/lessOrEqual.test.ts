import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { lessOrEqual, LessOrEqual } from "../../src/ops/lessOrEqual.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: LessOrEqual,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [
      { shape: a, indices: [0, 2] },
      { shape: b, indices: [0, 2] },
    ],
    build: (x, y) => lessOrEqual(x, y),
  })),
});

test("1, 2 and 3 compared with 2, as bool", () => {
  const y = lessOrEqual(constant(tensor([1, 2, 3])), constant(2));
  expect(y.dtype).toBe("bool");
  expect(numbersOf(y)).toEqual([1, 1, 0]);
});
