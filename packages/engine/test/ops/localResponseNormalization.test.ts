import fc from "fast-check";
import { expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import {
  LocalResponseNormalization,
  localResponseNormalization,
} from "../../src/ops/localResponseNormalization.ts";
import { dense } from "../../src/tensor/dense.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { size } from "./shapes.ts";

const settings = fc.constantFrom(
  { size: 5, alpha: 1e-4, beta: 0.75, bias: 1 },
  { size: 3, alpha: 2, beta: 0.75, bias: 1 },
  { size: 5, alpha: 5, beta: 0.5, bias: 2 },
  { size: 1, alpha: 1, beta: 1, bias: 0.5 },
);

checkOp({
  op: LocalResponseNormalization,
  cases: fc.tuple(size(2), size(8), size(3), size(3), settings).map(([n, c, h, w, attributes]) => ({
    inputs: [{ shape: [n, c, h, w], range: [-2, 2] }],
    build: (x) => localResponseNormalization(x, attributes),
  })),
});

test("a channel is damped by the mean square of its neighbours, missing ones counting as silent", () => {
  const x = input("x", [1, 4, 1, 1]);
  const y = localResponseNormalization(x, { size: 3, alpha: 3, beta: 1, bias: 1 });
  const result = evaluate(createGraph({ y }), {
    x: dense([1, 4, 1, 1], Float64Array.of(1, 2, 0, 3)),
  });
  // Divisors 1 + (0, 1, 4), 1 + (1, 4, 0), 1 + (4, 0, 9), 1 + (0, 9).
  expect([...result.y.data]).toEqual([1 / 6, 2 / 6, 0, 3 / 10]);
});

test("an unknown number of channels and an even size are refused", () => {
  const attributes = { size: 5, alpha: 1e-4, beta: 0.75, bias: 1 };
  expect(() => localResponseNormalization(input("x", [1, symbol("c"), 4, 4]), attributes)).toThrow(
    "known number of channels",
  );
  expect(() =>
    localResponseNormalization(input("x", [1, 8, 4, 4]), { ...attributes, size: 4 }),
  ).toThrow("size must be odd; got 4.");
});
