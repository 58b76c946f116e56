import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { Pad, pad, type PadMode } from "../../src/ops/pad.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes, numbersOf, pulledBack } from "./numbers.ts";

const modes: readonly PadMode[] = ["constant", "reflect", "replicate", "symmetric"];

/** An axis and its pads, as large as the mode allows. */
const paddedAxis = (mode: PadMode): fc.Arbitrary<readonly [number, number, number]> =>
  fc.integer({ min: 1, max: 5 }).chain((length) => {
    const most = mode === "reflect" ? length - 1 : length;
    return fc.tuple(fc.constant(length), fc.nat(most), fc.nat(most));
  });

checkOp({
  op: Pad,
  runs: 80,
  cases: fc
    .constantFrom(...modes)
    .chain((mode) =>
      fc.tuple(
        fc.constant(mode),
        fc.array(paddedAxis(mode), { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        fc.constantFrom(0, -2.5),
      ),
    )
    .map(([mode, axes, leading, value]) => ({
      inputs: [{ shape: [...leading, ...axes.map(([length]) => length)] }],
      build: (x) =>
        pad(x, {
          pads: [...axes.map(([, before]) => before), ...axes.map(([, , after]) => after)],
          mode,
          value,
        }),
    })),
});

// [1, 2, 3] padded by (2, 1): the modes of NumPy's pad, whose "edge" is replicate.
describe.each([
  { mode: "constant", expected: [9, 9, 1, 2, 3, 9], gradient: [30, 40, 50] },
  { mode: "reflect", expected: [3, 2, 1, 2, 3, 2], gradient: [30, 120, 60] },
  { mode: "replicate", expected: [1, 1, 1, 2, 3, 3], gradient: [60, 40, 110] },
  { mode: "symmetric", expected: [2, 1, 1, 2, 3, 3], gradient: [50, 50, 110] },
] as const)("$mode", ({ mode, expected, gradient }) => {
  const x = constant(tensor([1, 2, 3]));
  const y = pad(x, { pads: [2, 1], mode, value: 9 });

  test("the border holds what the mode says", () => {
    expect(numbersOf(y)).toEqual(expected);
  });

  test("every copy of an element adds to its gradient", () => {
    expect(pulledBack(tensor([10, 20, 30, 40, 50, 60]), y, x)).toEqual(gradient);
  });

  test("symbolic sizes stay open", async () => {
    const shape = [1, 2, symbol("h"), symbol("w")];
    await checkAtSizes([shape], (v) => pad(v, { pads: [1, 2, 3, 0], mode }), [
      { h: 4, w: 3 },
      { h: 7, w: 5 },
    ]);
  });
});

test("the border of a border is also a copy: corners count for both axes", () => {
  const x = constant(tensor([1, 2, 3, 4], [2, 2]));
  const y = pad(x, { pads: [1, 1, 0, 0], mode: "replicate" });
  expect(numbersOf(y)).toEqual([1, 1, 2, 1, 1, 2, 3, 3, 4]);
  const g = tensor([1, 10, 100, 2, 20, 200, 3, 30, 300], [3, 3]);
  expect(pulledBack(g, y, x)).toEqual([33, 300, 33, 300]);
});

test("a mirror image larger than its original is refused", () => {
  const x = input("x", [1, 3, 4]);
  expect(() => pad(x, { pads: [3, 0, 0, 0], mode: "reflect" })).toThrow(
    "Pad(x[1, 3, 4]): mode reflect allows pads up to 2 on axis 1 of length 3; got 3 and 0.",
  );
  expect(() => pad(x, { pads: [0, 0, 0, 5], mode: "symmetric" })).toThrow(
    "mode symmetric allows pads up to 4 on axis 2 of length 4; got 0 and 5.",
  );
});

test("pads that fit no axes, or are negative, are refused", () => {
  const x = input("x", [3, 4]);
  expect(() => pad(x, { pads: [1, 1, 1] })).toThrow("must hold two numbers for each padded axis");
  expect(() => pad(x, { pads: [1, 1, 1, 1, 1, 1] })).toThrow("for each padded axis of [3, 4].");
  expect(() => pad(x, { pads: [1, -1] })).toThrow("must be whole numbers >= 0. Cut with slice.");
});
