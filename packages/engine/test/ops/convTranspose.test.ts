import fc from "fast-check";
import { expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { ConvTranspose, convTranspose } from "../../src/ops/convTranspose.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { size } from "./shapes.ts";

/** One axis: image, kernel, stride, dilation, pads and output pad that leave at least one pixel. */
const axis = fc
  .tuple(size(4), size(3), size(3), size(2), fc.nat(2), fc.nat(2), fc.nat(2))
  .map(([image, kernel, stride, dilation, begin, end, rest]) => {
    const whole = (image - 1) * stride + dilation * (kernel - 1) + 1;
    const outputPad = rest % stride;
    return { image, kernel, stride, dilation, begin: Math.min(begin, whole - 1), end, outputPad };
  })
  .filter(
    ({ image, kernel, stride, dilation, begin, end, outputPad }) =>
      (image - 1) * stride + dilation * (kernel - 1) + outputPad - begin - end >= 0,
  );

checkOp({
  op: ConvTranspose,
  cases: fc
    .tuple(size(2), size(2), size(3), size(2), axis, axis)
    .map(([n, c, k, group, rows, columns]) => ({
      inputs: [
        { shape: [n, c * group, rows.image, columns.image] },
        { shape: [c * group, k, rows.kernel, columns.kernel] },
      ],
      build: (x, w) =>
        convTranspose(x, w, {
          strides: [rows.stride, columns.stride],
          pads: [rows.begin, columns.begin, rows.end, columns.end],
          dilations: [rows.dilation, columns.dilation],
          outputPads: [rows.outputPad, columns.outputPad],
          group,
        }),
    })),
  runs: 60,
});

test("each pixel paints its kernel, overlaps add up", () => {
  const x = input("x", [1, 1, 1, 2]);
  const w = input("w", [1, 1, 1, 3]);
  const feeds = {
    x: dense([1, 1, 1, 2], Float64Array.of(10, 100)),
    w: dense([1, 1, 1, 3], Float64Array.of(1, 2, 3)),
  };
  const paint = (options: Parameters<typeof convTranspose>[2]): number[] => [
    ...evaluate(createGraph({ y: convTranspose(x, w, options) }), feeds).y.data,
  ];
  expect(paint({})).toEqual([10, 120, 230, 300]);
  expect(paint({ strides: [1, 2] })).toEqual([10, 20, 130, 200, 300]);
  expect(paint({ strides: [1, 2], pads: [0, 1, 0, 0], outputPads: [0, 1] })).toEqual([
    20, 130, 200, 300, 0,
  ]);
  expect(paint({ dilations: [1, 2] })).toEqual([10, 100, 20, 200, 30, 300]);
});

test("symbolic sizes are carried", () => {
  const x = input("x", [1, 64, symbol("h"), symbol("w")]);
  const w = input("w", [64, 32, 3, 3]);
  const y = convTranspose(x, w, { strides: [2, 2], pads: [1, 1, 1, 1], outputPads: [1, 1] });
  expect(formatShape(y.shape)).toBe("[1, 32, 2*h, 2*w]");
});

test("what does not fit is refused", () => {
  const x = input("x", [1, 4, 3, 3]);
  expect(() => convTranspose(x, input("w", [6, 2, 3, 3]))).toThrow(
    "expect 6 input channels; got 4",
  );
  expect(() => convTranspose(x, input("w", [4, 2, 3, 3]), { group: 3 })).toThrow("in 3 groups");
  expect(() => convTranspose(x, input("w", [4, 2, 3, 3]), { outputPads: [1, 0] })).toThrow(
    "outputPads [1, 0] must be from 0 to below the strides [1, 1]",
  );
  expect(() => convTranspose(x, input("w", [4, 2, 1, 1]), { pads: [2, 0, 1, 0] })).toThrow(
    "cut away the whole result, [0, 3]",
  );
});
