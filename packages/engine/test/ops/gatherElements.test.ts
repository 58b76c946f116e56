import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { gatherElements, GatherElements } from "../../src/ops/gatherElements.ts";
import { int64, tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { indexing } from "./indexing.ts";
import { numbersOf } from "./numbers.ts";

checkOp({
  op: GatherElements,
  cases: indexing.map(({ shape, axis, written, count, indices }) => ({
    inputs: [{ shape }, { shape: shape.with(axis, count), indices }],
    build: (x, places) => gatherElements(x, places, { axis: written }),
  })),
});

test("[[1, 2], [3, 4]] at [[0, 0], [1, 0]] is [[1, 1], [4, 3]] (example of ONNX)", () => {
  const x = constant(tensor([1, 2, 3, 4], [2, 2]));
  const places = constant(int64([0, 0, 1, 0], [2, 2]));
  expect(numbersOf(gatherElements(x, places, { axis: 1 }))).toEqual([1, 1, 4, 3]);
});

test("indices of another shape are refused", () => {
  const x = input("x", [2, 3]);
  expect(() => gatherElements(x, constant(int64([0, 1], [1, 2])), { axis: 1 })).toThrow(
    "indices must be int64 of the data's shape [2, 3] on all axes but 1; got int64 [1, 2].",
  );
});
