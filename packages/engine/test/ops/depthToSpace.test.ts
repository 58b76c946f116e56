import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors.ts";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { DepthToSpace, depthToSpace } from "../../src/ops/depthToSpace.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { size } from "./shapes.ts";

checkOp({
  op: DepthToSpace,
  cases: fc
    .tuple(size(2), size(3), size(3), size(3), size(3), fc.constantFrom("DCR", "CRD"))
    .map(([n, c, h, w, blockSize, mode]) => ({
      inputs: [{ shape: [n, c * blockSize ** 2, h, w] }],
      build: (x) => depthToSpace(x, blockSize, { mode }),
    })),
});

describe("the channels of a block", () => {
  // [1, 8, 1, 1], 0 to 7: the example of ONNX's operator description, its first pixel divided by 9.
  const x = input("x", [1, 8, 1, 1]);
  const feeds = { x: dense([1, 8, 1, 1], Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7)) };

  test("lie two apart for two channels with the depth last", () => {
    const { y } = evaluate(createGraph({ y: depthToSpace(x, 2) }), feeds);
    expect([...y.data]).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
  });

  test("lie side by side with the depth first", () => {
    const { y } = evaluate(createGraph({ y: depthToSpace(x, 2, { mode: "CRD" }) }), feeds);
    expect([...y.data]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

test("symbolic sizes are multiplied by the side of a block", () => {
  const x = input("x", [1, 48, symbol("h"), symbol("w")]);
  expect(formatShape(depthToSpace(x, 4).shape)).toBe("[1, 3, 4*h, 4*w]");
});

test("channels that do not fill blocks are refused", () => {
  expect(() => depthToSpace(input("x", [1, 6, 2, 2]), 2)).toThrow(ShapeError);
  expect(() => depthToSpace(input("x", [1, 6, 2, 2]), 2)).toThrow("a multiple of 4 channels");
});
