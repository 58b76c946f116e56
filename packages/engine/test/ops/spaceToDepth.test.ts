import fc from "fast-check";
import { expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { depthToSpace } from "../../src/ops/depthToSpace.ts";
import { SpaceToDepth, spaceToDepth } from "../../src/ops/spaceToDepth.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, mulDims, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { size } from "./shapes.ts";

checkOp({
  op: SpaceToDepth,
  cases: fc.tuple(size(2), size(3), size(3), size(3), size(3)).map(([n, c, h, w, blockSize]) => ({
    inputs: [{ shape: [n, c, h * blockSize, w * blockSize] }],
    build: (x) => spaceToDepth(x, blockSize),
  })),
});

test("a block's pixels become channels row by row", () => {
  // ONNX's operator description, example of SpaceToDepth: [1, 1, 4, 6] by blocks of 2.
  const x = input("x", [1, 1, 4, 6]);
  const pixels = [
    0, 6, 1, 7, 2, 8, 12, 18, 13, 19, 14, 20, 3, 9, 4, 10, 5, 11, 15, 21, 16, 22, 17, 23,
  ];
  const { y } = evaluate(createGraph({ y: spaceToDepth(x, 2) }), {
    x: dense([1, 1, 4, 6], Float64Array.from(pixels)),
  });
  expect(y.shape).toEqual([1, 4, 2, 3]);
  expect([...y.data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
});

test("symbolic multiples of the block's side come back from depth to space", () => {
  const x = input("x", [1, 3, mulDims(symbol("h"), 4), mulDims(symbol("w"), 4)]);
  const blocks = spaceToDepth(x, 4);
  expect(formatShape(blocks.shape)).toBe("[1, 48, h, w]");
  expect(formatShape(depthToSpace(blocks, 4).shape)).toBe("[1, 3, 4*h, 4*w]");
});

test("an image that blocks do not tile is refused", () => {
  expect(() => spaceToDepth(input("x", [1, 3, 4, 6]), 4)).toThrow(
    "SpaceToDepth(x[1, 3, 4, 6]): blocks of 4×4 px must tile the image; got [1, 3, 4, 6]. Pad it first.",
  );
});
