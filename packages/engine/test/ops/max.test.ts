import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { add } from "../../src/ops/add.ts";
import { max, Max } from "../../src/ops/max.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Max,
  // One side holds multiples of 0.02, the other odd multiples of 0.01: no ties.
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [
      { shape: a, apart: 0.02 },
      { shape: b, apart: 0.02 },
    ],
    build: (x, y) => max(x, add(y, constant(0.01))),
  })),
});

test("equal numbers get half of the gradient each, as in PyTorch", () => {
  const a = constant(tensor([1, 2, 3]));
  const b = constant(tensor([5, 2, 0]));
  const y = max(a, b);
  expect(numbersOf(y)).toEqual([5, 2, 3]);
  expect(pulledBack(tensor([10, 20, 30]), y, a)).toEqual([0, 10, 30]);
  expect(pulledBack(tensor([10, 20, 30]), y, b)).toEqual([10, 10, 0]);
});
