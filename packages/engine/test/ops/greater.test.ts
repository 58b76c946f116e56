import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { greater, Greater } from "../../src/ops/greater.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Greater,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [
      { shape: a, indices: [0, 2] },
      { shape: b, indices: [0, 2] },
    ],
    build: (x, y) => greater(x, y),
  })),
});

test("1, 2 and 3 compared with 2, as bool", () => {
  const y = greater(constant(tensor([1, 2, 3])), constant(2));
  expect(y.dtype).toBe("bool");
  expect(numbersOf(y)).toEqual([0, 0, 1]);
});
