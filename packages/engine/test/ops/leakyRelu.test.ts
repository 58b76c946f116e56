import fc from "fast-check";
import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { leakyRelu, LeakyRelu } from "../../src/ops/leakyRelu.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: LeakyRelu,
  cases: fc.tuple(shape(), fc.constantFrom(0.01, 0.2, -0.5, 1.5)).map(([s, alpha]) => ({
    inputs: [{ shape: s, apart: 0.01 }],
    build: (x) => leakyRelu(x, { alpha }),
  })),
});

test("a quarter of what is negative passes, and of the gradient there and at 0", () => {
  const x = constant(tensor([-8, 0, 8]));
  const y = leakyRelu(x, { alpha: 0.25 });
  expect(numbersOf(y)).toEqual([-2, 0, 8]);
  expect(pulledBack(tensor([4, 4, 4]), y, x)).toEqual([1, 1, 4]);
});
