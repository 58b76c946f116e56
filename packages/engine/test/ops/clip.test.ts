import fc from "fast-check";
import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { Clip, clip } from "../../src/ops/clip.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { shape } from "./shapes.ts";

// Inputs are multiples of 0.01, ends lie between them: differences never straddle a kink.
const end = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: low, max: high }).map((n) => (n + 0.5) / 100);

checkOp({
  op: Clip,
  cases: fc
    .tuple(shape(), end(-90, -1), end(0, 80), fc.constantFrom("both", "min", "max"))
    .map(([s, min, max, ends]) => ({
      inputs: [{ shape: s, apart: 0.01 }],
      build: (x) => clip(x, ends === "both" ? { min, max } : ends === "min" ? { min } : { max }),
    })),
});

test("the gradient is 1 inside, ends included, and 0 outside, as in PyTorch's clamp", () => {
  const x = constant(tensor([-2, 0, 0.25, 1, 3]));
  const y = clip(x, { min: 0, max: 1 });
  expect(numbersOf(y)).toEqual([0, 0, 0.25, 1, 1]);
  expect(pulledBack(tensor([1, 2, 3, 4, 5]), y, x)).toEqual([0, 2, 3, 4, 0]);
});

test("an empty interval is refused", () => {
  expect(() => clip(constant(1), { min: 2, max: 1 })).toThrow(
    "Clip(constant[]): min must not exceed max; got 2 and 1.",
  );
});
