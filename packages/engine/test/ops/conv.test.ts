import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { Conv, conv, type ConvOptions } from "../../src/ops/conv.ts";
import { dense } from "../../src/tensor/dense.ts";
import { formatShape, symbol } from "../../src/tensor/dim.ts";
import { checkOp } from "./checkOp.ts";
import { size } from "./shapes.ts";

/** One axis: kernel, stride, dilation, pads, and an image on which the kernel has room. */
const axis = fc
  .tuple(fc.nat(4), size(3), size(3), size(2), fc.nat(2), fc.nat(2))
  .map(([extra, kernel, stride, dilation, begin, end]) => {
    const reach = dilation * (kernel - 1) + 1;
    return {
      image: Math.max(reach - begin - end, 1) + extra,
      kernel,
      stride,
      dilation,
      begin,
      end,
    };
  });

const general = fc
  .tuple(size(2), size(2), size(2), size(3), axis, axis, fc.boolean())
  .map(([n, c, k, group, rows, columns, biased]) => ({
    inputs: [
      { shape: [n, c * group, rows.image, columns.image] },
      { shape: [k * group, c, rows.kernel, columns.kernel] },
      ...(biased ? [{ shape: [k * group] }] : []),
    ],
    options: {
      strides: [rows.stride, columns.stride],
      pads: [rows.begin, columns.begin, rows.end, columns.end],
      dilations: [rows.dilation, columns.dilation],
      group,
    } as const,
  }));

/** Enough channels for the kernel gradient by matrix products; no stride, groups or dilation. */
const manyChannels = fc
  .tuple(size(2), fc.integer({ min: 5, max: 6 }), fc.integer({ min: 5, max: 7 }), axis, axis)
  .map(([n, c, k, rows, columns]) => ({
    inputs: [
      { shape: [n, c, rows.image + rows.kernel, columns.image + columns.kernel] },
      { shape: [k, c, rows.kernel, columns.kernel] },
    ],
    options: { pads: [rows.begin, columns.begin, rows.end, columns.end] } as const,
  }));

const depthwise = fc.tuple(size(2), size(4), axis, axis).map(([n, c, rows, columns]) => ({
  inputs: [
    { shape: [n, c, rows.image, columns.image] },
    { shape: [c, 1, rows.kernel, columns.kernel] },
  ],
  options: {
    strides: [rows.stride, columns.stride],
    pads: [rows.begin, columns.begin, rows.end, columns.end],
    dilations: [rows.dilation, columns.dilation],
    group: c,
  } as const,
}));

checkOp({
  op: Conv,
  cases: fc.oneof(general, manyChannels, depthwise).map(({ inputs, options }) => ({
    inputs,
    build: (x, w, ...[bias]) => conv(x, w, bias === undefined ? options : { ...options, bias }),
  })),
  runs: 80,
});

describe("a kernel that tells left from right", () => {
  const convolved = (options: ConvOptions): number[] => {
    const x = input("x", [1, 1, 1, 4]);
    const w = input("w", [1, 1, 1, 2]);
    const { y } = evaluate(createGraph({ y: conv(x, w, options) }), {
      x: dense([1, 1, 1, 4], Float64Array.of(1, 2, 3, 4)),
      w: dense([1, 1, 1, 2], Float64Array.of(1, 10)),
    });
    return [...y.data];
  };

  test("is not turned: its first tap meets the left pixel", () => {
    expect(convolved({})).toEqual([21, 32, 43]);
  });

  test("sees zeros where the image is padded, pads being top, left, bottom, right", () => {
    expect(convolved({ pads: [0, 1, 0, 0] })).toEqual([10, 21, 32, 43]);
    expect(convolved({ pads: [0, 0, 0, 1] })).toEqual([21, 32, 43, 4]);
  });

  test("moves by the stride and reaches by the dilation", () => {
    expect(convolved({ strides: [1, 2] })).toEqual([21, 43]);
    expect(convolved({ dilations: [1, 3] })).toEqual([41]);
  });
});

describe("shapes", () => {
  const w = input("w", [64, 3, 3, 3]);

  test("symbolic sizes are carried", () => {
    const x = input("x", [1, 3, symbol("h"), symbol("w")]);
    expect(formatShape(conv(x, w, { pads: [1, 1, 1, 1] }).shape)).toBe("[1, 64, h, w]");
    expect(formatShape(conv(x, w, { pads: [1, 1, 1, 1], strides: [2, 2] }).shape)).toBe(
      "[1, 64, floor((h+1)/2), floor((w+1)/2)]",
    );
  });

  test("what does not fit is refused and named", () => {
    expect(() => conv(input("x", [1, 4, 8, 8]), w)).toThrow(
      "Conv(x[1, 4, 8, 8], w[64, 3, 3, 3]): kernels [64, 3, 3, 3] in 1 groups expect 3 input channels; got 4.",
    );
    expect(() => conv(input("x", [3, 8, 8]), w)).toThrow("needs an image [n, c, h, w]");
    expect(() => conv(input("x", [1, 3, 2, 8]), w)).toThrow("reaches over 3 px, more than");
    expect(() => conv(input("x", [1, 3, 8, 8]), w, { bias: input("b", [63]) })).toThrow(
      "bias must be [64]; got [63]",
    );
    expect(() => conv(input("x", [1, 9, 8, 8]), input("w", [64, 3, 3, 3]), { group: 3 })).toThrow(
      "in 3 groups",
    );
  });
});
