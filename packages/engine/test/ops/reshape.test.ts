import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeGraph } from "../../src/onnx/emit.ts";
import { createGraph, input, type Value } from "../../src/graph/value.ts";
import { reshape, Reshape } from "../../src/ops/reshape.ts";
import { mulDims, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { checkAtSizes } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Reshape,
  // Neighbouring axes are merged, or split from each other by axes of length 1.
  cases: fc.tuple(shape(), fc.nat()).map(([s, choice]) => {
    const target: number[] = [];
    s.forEach((length, axis) => {
      if (((choice >> axis) & 1) === 1 && axis > 0) target.push(target.pop()! * length);
      else target.push(...(((choice >> (axis + 4)) & 1) === 1 ? [1, length] : [length]));
    });
    return { inputs: [{ shape: s }], build: (x) => reshape(x, target) };
  }),
});

test("axes of symbolic sizes are merged, and one of them moves", async () => {
  const sizes = [
    { h: 1, w: 3 },
    { h: 4, w: 2 },
  ];
  const [h, w] = [symbol("h"), symbol("w")];
  const merged = (x: Value): Value =>
    reshape(x, [...x.shape.slice(0, 2), mulDims(...x.shape.slice(2))]);
  await checkAtSizes([[2, 3, h, w]], (x) => merged(x), sizes);
  await checkAtSizes([[6, w]], (x) => reshape(x, [2, 3, x.shape[1]!]), sizes);
});

test("a tensor that has the shape already is returned as it is", () => {
  const x = input("x", [2, symbol("h")]);
  expect(reshape(x, [2, symbol("h")])).toBe(x);
});

test("another number of elements is refused, also where sizes are symbolic", () => {
  expect(() => reshape(input("x", [2, 3]), [7])).toThrow(
    "Reshape(x[2, 3]): [2, 3] and [7] hold different numbers of elements.",
  );
  const h = symbol("h");
  expect(() => reshape(input("x", [2, h]), [h])).toThrow("[2, h] and [h] hold different numbers");
});

test("two symbolic sizes that move at once cannot be written as ONNX", () => {
  const [h, w] = [symbol("h"), symbol("w")];
  const y = reshape(input("x", [h, w]), [w, h]);
  expect(() => encodeGraph(createGraph({ y }))).toThrow("moves two symbolic sizes at once");
});
