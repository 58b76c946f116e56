import fc from "fast-check";
import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { Slice, slice } from "../../src/ops/slice.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes, numbersOf, pulledBack } from "./numbers.ts";

/** An axis and how it is cut: any start and end, also outside, that leave at least one element. */
const cut = fc
  .tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: -11, max: 11 }),
    fc.constantFrom(-Infinity, Infinity, ...Array.from({ length: 23 }, (_, i) => i - 11)),
    fc.constantFrom(-4, -3, -2, -1, 1, 2, 3, 4),
  )
  .filter(([length, start, end, step]) => pythonSlice(length, start, end, step).length > 0);

/** Python's `range(length)[start:end:step]`, by its reference's definition of slice indices. */
function pythonSlice(length: number, start: number, end: number, step: number): number[] {
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (i: number): number => Math.min(Math.max(i < 0 ? i + length : i, low), high);
  const taken: number[] = [];
  const stop = end === -Infinity ? low : clamp(end);
  for (let i = clamp(start); step > 0 ? i < stop : i > stop; i += step) taken.push(i);
  return taken;
}

checkOp({
  op: Slice,
  runs: 60,
  cases: fc
    .tuple(fc.array(cut, { minLength: 1, maxLength: 3 }), fc.boolean())
    .map(([cuts, swap]) => {
      const axes = cuts.map((_, axis) => (axis === 1 ? axis - cuts.length : axis));
      const order = swap ? axes.map((_, i) => axes.length - 1 - i) : axes.map((_, i) => i);
      const pick = <T>(list: readonly T[]): T[] => order.map((i) => list[i]!);
      return {
        inputs: [{ shape: cuts.map(([length]) => length) }],
        build: (x) =>
          slice(x, {
            axes: pick(axes),
            starts: pick(cuts.map(([, start]) => start)),
            ends: pick(cuts.map(([, , end]) => end)),
            steps: pick(cuts.map(([, , , step]) => step)),
          }),
      };
    }),
});

test("indices are Python's for any start, end and step", () => {
  fc.assert(
    fc.property(cut, ([length, start, end, step]) => {
      const x = constant(tensor(Float32Array.from({ length }, (_, i) => i)));
      const y = slice(x, { starts: [start], ends: [end], steps: [step] });
      expect(numbersOf(y)).toEqual(pythonSlice(length, start, end, step));
    }),
    { seed: 3 },
  );
});

test("a backwards slice: the gradient goes where the elements came from", () => {
  const x = constant(tensor([1, 2, 3, 4, 5, 6]));
  const y = slice(x, { starts: [-2], ends: [0], steps: [-3] });
  expect(numbersOf(y)).toEqual([5, 2]);
  expect(pulledBack(tensor([10, 20]), y, x)).toEqual([0, 20, 0, 0, 10, 0]);
});

test("a slice of nothing has length 0 and a gradient of zeros", () => {
  const x = constant(tensor([1, 2, 3]));
  const y = slice(x, { starts: [2], ends: [1] });
  expect(y.shape).toEqual([0]);
  expect(pulledBack(tensor([]), y, x)).toEqual([0, 0, 0]);
  const backwards = slice(x, { starts: [0], ends: [2], steps: [-2] });
  expect(pulledBack(tensor([]), backwards, x)).toEqual([0, 0, 0]);
});

test("symbolic axes can be cut at both ends, strided and reversed", async () => {
  const shape = [2, symbol("h"), symbol("w")];
  const sizes = [
    { h: 3, w: 4 },
    { h: 6, w: 9 },
    { h: 7, w: 2 },
  ];
  const cuts = [
    { axes: [1, 2], starts: [1, 0], ends: [Infinity, -1] },
    { axes: [1, 2], starts: [0, 1], steps: [2, 3] },
    { axes: [-1], starts: [-1], steps: [-1] },
    { axes: [1], starts: [-2], ends: [-Infinity], steps: [-2] },
  ];
  for (const options of cuts) await checkAtSizes([shape], (x) => slice(x, options), sizes);
});

test("lists of different lengths, steps of 0 and unknown axes are refused", () => {
  const x = input("x", [4, 5]);
  expect(() => slice(x, { starts: [0, 1], ends: [2] })).toThrow(
    "slice needs one start, end and step for each axis; got 2 starts, 1 ends, 2 steps and 2 axes.",
  );
  expect(() => slice(x, { starts: [0], steps: [0] })).toThrow("must be whole numbers, not 0");
  expect(() => slice(x, { axes: [2], starts: [0] })).toThrow("axes [2] must be different whole");
});
