import fc from "fast-check";
import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { gather, Gather } from "../../src/ops/gather.ts";
import { int64, tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { indexing } from "./indexing.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Gather,
  cases: fc
    .tuple(
      indexing,
      fc.nat(2).chain((rank) => shape(rank)),
    )
    .map(([into, indexShape]) => ({
      inputs: [{ shape: into.shape }, { shape: indexShape, indices: into.indices }],
      build: (x, indices) => gather(x, indices, { axis: into.written }),
    })),
});

// The example of ONNX's Gather for axis 0, in numbers that float32 holds exactly.
const x = constant(tensor([1, 1.25, 2.5, 3.5, 4.5, 5.75], [3, 2]));
const y = gather(x, constant(int64([0, 1, 1, 2], [2, 2])), { axis: 0 });

test("rows [[0, 1], [1, 2]] are those rows", () => {
  expect(y.shape).toEqual([2, 2, 2]);
  expect(numbersOf(y)).toEqual([1, 1.25, 2.5, 3.5, 2.5, 3.5, 4.5, 5.75]);
});

test("what is picked twice gets both gradients", () => {
  const g = tensor([1, 2, 3, 4, 50, 60, 7, 8], [2, 2, 2]);
  expect(pulledBack(g, y, x)).toEqual([1, 2, 53, 64, 7, 8]);
});

test("indices that are not int64 are refused", () => {
  expect(() => gather(input("x", [3]), constant(1), { axis: 0 })).toThrow(
    "Gather(x[3], constant[]): indices must be int64; got float32. Use cast.",
  );
});
