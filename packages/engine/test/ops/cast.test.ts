import fc from "fast-check";
import { expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import { constant, input } from "../../src/graph/value.ts";
import { cast, Cast } from "../../src/ops/cast.ts";
import { reduceSum } from "../../src/ops/reduceSum.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Cast,
  // Multiples of 1/8 are float16 numbers too. The way back to float32 makes the loss one dtype.
  cases: fc.tuple(shape(), fc.constantFrom("float16", "float64")).map(([s, through]) => ({
    inputs: [{ shape: s, apart: 0.125 }],
    build: (x) => cast(cast(x, through), "float32"),
  })),
});

checkOp({
  op: { name: "Cast to integers and bool", vjp: "no gradient" },
  cases: fc.tuple(shape(), fc.constantFrom("int64", "int32", "bool", "int8")).map(([s, to]) => ({
    inputs: [{ shape: s, apart: 0.3 }],
    build: (x) => cast(x, to),
  })),
});

test("casting to whole numbers cuts off the fraction, to bool asks for non-zero", () => {
  const x = constant(tensor([-1.7, 0, 0.4, 2.9]));
  expect(numbersOf(cast(x, "int64"))).toEqual([-1, 0, 0, 2]);
  expect(numbersOf(cast(x, "bool"))).toEqual([1, 0, 1, 1]);
});

test("no gradient passes whole numbers", () => {
  const x = input("x", [3]);
  const loss = reduceSum(cast(cast(x, "int32"), "float32"));
  expect(() => gradient(loss, [x])).toThrow("only through operations without a gradient");
});
