import { expect, test } from "vitest";
import { constant, input } from "../../src/graph/value.ts";
import { expand, Expand } from "../../src/ops/expand.ts";
import { symbol } from "../../src/tensor/dim.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Expand,
  cases: broadcastingShapes.map(([a, b]) => {
    const rank = Math.max(a.length, b.length);
    const target = Array.from({ length: rank }, (_, axis) =>
      Math.max(a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1),
    );
    return { inputs: [{ shape: a }], build: (x) => expand(x, target) };
  }),
});

test("the gradient of a repeated element is the sum over its repetitions", () => {
  const x = constant(tensor([1, 2], [2, 1]));
  const y = expand(x, [2, 3]);
  expect(numbersOf(y)).toEqual([1, 1, 1, 2, 2, 2]);
  expect(pulledBack(tensor([1, 2, 3, 40, 50, 60], [2, 3]), y, x)).toEqual([6, 150]);
});

test("shapes that do not fit, or are not known, are refused", () => {
  const x = input("x", [2, 3]);
  expect(() => expand(x, [4, 3])).toThrow("do not broadcast: axis 0 is 2 and 4.");
  expect(() => expand(x, [3])).toThrow("cannot repeat [2, 3] to [3].");
  expect(() => expand(x, [symbol("h"), 2, 3])).toThrow("expand needs known sizes; got [h, 2, 3].");
});
