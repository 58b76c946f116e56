import fc from "fast-check";
import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { Pow, pow } from "../../src/ops/pow.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Pow,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [
      { shape: a, range: [0.4, 2] },
      { shape: b, range: [-3, 3] },
    ],
    build: (x, y) => pow(x, y),
  })),
});

checkOp({
  op: { name: "Pow of any base with a whole exponent", vjp: Pow.vjp },
  cases: fc.tuple(broadcastingShapes, fc.integer({ min: 1, max: 4 })).map(([[a], exponent]) => ({
    inputs: [{ shape: a }],
    build: (x) => pow(x, constant(exponent)),
  })),
});

test("the square of a negative number and of zero have gradients", () => {
  const x = constant(tensor([-3, 0, 2]));
  const y = pow(x, constant(2));
  expect(numbersOf(y)).toEqual([9, 0, 4]);
  expect(pulledBack(tensor([1, 1, 1]), y, x)).toEqual([-6, 0, 4]);
});
