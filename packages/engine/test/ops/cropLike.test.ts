import fc from "fast-check";
import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { cropLike, CropLike } from "../../src/ops/cropLike.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes, numbersOf, pulledBack } from "./numbers.ts";
import { size } from "./shapes.ts";

checkOp({
  op: CropLike,
  cases: fc
    .array(fc.tuple(size(), fc.nat(2), fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 4 })
    .map((sizes) => {
      // The last axis first: starts belong to axes in the order in which these are named.
      const cropped = sizes
        .flatMap(([, , , isCropped], axis) => (isCropped ? [axis] : []))
        .reverse();
      const axes = cropped.map((axis) => axis - sizes.length);
      const starts = cropped.map((axis) => sizes[axis]![1]);
      return {
        inputs: [
          { shape: sizes.map(([length, before, after]) => length + before + after) },
          { shape: sizes.map(([length]) => length), differentiate: false },
        ],
        build: (x, reference) => cropLike(x, reference, { axes, starts }),
      };
    }),
});

test("the first row of two stays; what is cut off gets no gradient", () => {
  const x = constant(tensor([1, 2, 3, 4, 5, 6], [2, 3]));
  const y = cropLike(x, constant(tensor([0, 0], [1, 2])), { axes: [0, 1] });
  expect(numbersOf(y)).toEqual([1, 2]);
  expect(pulledBack(tensor([10, 20], [1, 2]), y, x)).toEqual([10, 20, 0, 0, 0, 0]);
});

test("what stays may begin later", () => {
  const x = constant(tensor([1, 2, 3, 4, 5, 6], [2, 3]));
  const y = cropLike(x, constant(tensor([0, 0], [1, 2])), { axes: [1, 0], starts: [0, 1] });
  expect(numbersOf(y)).toEqual([4, 5]);
  expect(pulledBack(tensor([10, 20], [1, 2]), y, x)).toEqual([0, 0, 0, 10, 20, 0]);
});

test("the reference's size may be known only at run time", async () => {
  const shapes = [
    [1, 2, symbol("h"), symbol("w")],
    [1, 3, symbol("p"), symbol("q")],
  ];
  const sizes = [
    { h: 5, w: 4, p: 3, q: 1 },
    { h: 4, w: 5, p: 2, q: 4 },
  ];
  for (const starts of [
    [0, 0],
    [2, 1],
  ])
    await checkAtSizes(
      shapes,
      (x, reference) => cropLike(x, reference, { axes: [2, 3], starts }),
      sizes,
    );
});

test("nothing is done where the sizes agree already", () => {
  const h = symbol("h");
  const x = input("x", [1, h]);
  expect(cropLike(x, input("y", [3, h]), { axes: [1] })).toBe(x);
});

test("an axis that would have to grow is refused", () => {
  const h = symbol("h");
  const x = input("x", [1, h]);
  const larger = input("y", [1, 8]);
  expect(() => cropLike(input("x", [1, 7]), larger, { axes: [1] })).toThrow(
    "CropLike(x[1, 7], y[1, 8]): axis 1 of length 7 cannot be cropped to 8.",
  );
  expect(() => cropLike(input("x", [1, 9]), larger, { axes: [1], starts: [2] })).toThrow(
    "axis 1 of length 9 cannot be cropped to 8 from 2 on.",
  );
  expect(() => cropLike(x, input("y", [1]), { axes: [1] })).toThrow(
    "axis 1 of length h cannot be cropped to undefined.",
  );
});
