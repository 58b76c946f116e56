import fc from "fast-check";
import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { softmax, Softmax } from "../../src/ops/softmax.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Softmax,
  cases: fc
    .tuple(
      fc.integer({ min: 1, max: 4 }).chain((rank) => shape(rank)),
      fc.nat(),
      fc.boolean(),
    )
    .map(([s, choice, fromEnd]) => {
      const axis = choice % s.length;
      return {
        inputs: [{ shape: s, range: [-4, 4] }],
        build: (x) => softmax(x, { axis: fromEnd ? axis - s.length : axis }),
      };
    }),
});

test("logarithms of 1, 3 and 4 become 1/8, 3/8 and 1/2", () => {
  const x = constant(tensor([Math.log(1), Math.log(3), Math.log(4)]));
  const y = numbersOf(softmax(x, { axis: 0 }));
  [0.125, 0.375, 0.5].forEach((expected, i) => expect(y[i]).toBeCloseTo(expected, 6));
});

test("an axis that does not exist is refused", () => {
  expect(() => softmax(constant(tensor([1])), { axis: 1 })).toThrow(
    "axes [1] must be different whole numbers from -1 to 0.",
  );
});
