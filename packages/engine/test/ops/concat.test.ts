import fc from "fast-check";
import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { Concat, concat } from "../../src/ops/concat.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes, numbersOf, pulledBack } from "./numbers.ts";
import { shape, size } from "./shapes.ts";

checkOp({
  op: Concat,
  cases: fc
    .tuple(
      fc.integer({ min: 1, max: 4 }).chain((rank) => shape(rank)),
      fc.array(size(), { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.boolean(),
    )
    .map(([s, lengths, choice, fromEnd]) => {
      const axis = choice % s.length;
      return {
        inputs: lengths.map((length) => ({ shape: s.with(axis, length) })),
        build: (...xs) => concat(xs, { axis: fromEnd ? axis - s.length : axis }),
      };
    }),
});

test("[[1, 2], [3, 4]] and [[5], [6]] joined along axis 1 are [[1, 2, 5], [3, 4, 6]]", () => {
  const a = constant(tensor([1, 2, 3, 4], [2, 2]));
  const b = constant(tensor([5, 6], [2, 1]));
  expect(numbersOf(concat([a, b], { axis: 1 }))).toEqual([1, 2, 5, 3, 4, 6]);
});

test("a tensor that is joined to itself gets both gradients", () => {
  const x = constant(tensor([1, 2]));
  expect(pulledBack(tensor([10, 20, 3, 4]), concat([x, x], { axis: 0 }), x)).toEqual([13, 24]);
});

test("symbolic sizes join", async () => {
  const shapes = [
    [1, symbol("h"), symbol("w")],
    [1, 2, symbol("w")],
  ];
  await checkAtSizes(shapes, (a, b) => concat([a, b], { axis: 1 }), [
    { h: 3, w: 2 },
    { h: 1, w: 5 },
  ]);
});

test("inputs that differ in another axis are refused", () => {
  const [a, b] = [input("a", [1, 3, 4]), input("b", [2, 3, 5])];
  expect(() => concat([a, b], { axis: 0 })).toThrow(
    "Concat(a[1, 3, 4], b[2, 3, 5]): inputs must agree in dtype and in all sizes but that of axis 0; got float32 [1, 3, 4] and float32 [2, 3, 5].",
  );
  expect(() => concat([], { axis: 0 })).toThrow("Concat needs at least one input; got none.");
});
