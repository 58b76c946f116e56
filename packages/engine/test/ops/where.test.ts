import fc from "fast-check";
import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { greater } from "../../src/ops/greater.ts";
import { where, Where } from "../../src/ops/where.ts";
import { tensor, tensorOf } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Where,
  cases: fc.tuple(broadcastingShapes, fc.nat(2)).map(([[a, b], which]) => {
    // The condition has the shape of either side or of neither.
    const condition = [a, b, []][which]!;
    return {
      inputs: [{ shape: condition, differentiate: false }, { shape: a }, { shape: b }],
      build: (c, x, y) => where(greater(c, constant(0)), x, y),
    };
  }),
});

test("the condition picks from the first where it holds", () => {
  const condition = constant(tensorOf("bool", Uint8Array.of(1, 0), [2, 1]));
  const a = constant(tensor([1, 2, 3]));
  expect(numbersOf(where(condition, a, constant(-1)))).toEqual([1, 2, 3, -1, -1, -1]);
});

test("a condition of numbers is refused", () => {
  expect(() => where(constant(1), constant(2), constant(3))).toThrow(
    "the condition must be bool; got float32. Compare or cast.",
  );
});
