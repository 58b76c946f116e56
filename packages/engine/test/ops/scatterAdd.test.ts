import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { scatterAdd, ScatterAdd } from "../../src/ops/scatterAdd.ts";
import { int64, tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { indexing } from "./indexing.ts";
import { numbersOf, pulledBack } from "./numbers.ts";

checkOp({
  op: ScatterAdd,
  cases: indexing.map(({ shape, axis, written, count, indices }) => {
    const places = shape.with(axis, count);
    return {
      inputs: [{ shape }, { shape: places, indices }, { shape: places }],
      build: (data, at, updates) => scatterAdd(data, at, updates, { axis: written }),
    };
  }),
});

// The example of ONNX's ScatterElements with duplicate indices, in numbers that are exact.
const data = constant(tensor([1, 2, 3, 4, 5], [1, 5]));
const updates = constant(tensor([1.25, 2.25], [1, 2]));
const y = scatterAdd(data, constant(int64([1, 1], [1, 2])), updates, { axis: 1 });

test("updates that meet at one element add up", () => {
  expect(numbersOf(y)).toEqual([1, 5.5, 3, 4, 5]);
});

test("updates that meet at one element get its gradient each", () => {
  const g = tensor([10, 20, 30, 40, 50], [1, 5]);
  expect(pulledBack(g, y, updates)).toEqual([20, 20]);
  expect(pulledBack(g, y, data)).toEqual([10, 20, 30, 40, 50]);
});

test("updates of another shape than the indices are refused", () => {
  const indices = constant(int64([0, 1], [1, 2]));
  expect(() => scatterAdd(input("x", [1, 5]), indices, input("u", [1, 3]), { axis: 1 })).toThrow(
    "indices (int64) and updates (float32) must have one shape, that of the data on all axes but 1; got int64 [1, 2] and float32 [1, 3].",
  );
});
