import fc from "fast-check";
import type { PoolOptions } from "../../src/graph/pooling.ts";
import { size } from "./shapes.ts";

/** An image and a way to pool it. */
export interface PoolingCase {
  readonly shape: readonly number[];
  readonly options: PoolOptions;
}

/** One axis: window, stride, pads smaller than the window, and an image that holds a window. */
const axis = fc
  .tuple(size(3), size(3), fc.nat(2), fc.nat(2), fc.nat(5))
  .map(([window, stride, begin, end, extra]) => ({
    window,
    stride,
    begin: Math.min(begin, window - 1),
    end: Math.min(end, window - 1),
    image: window + extra,
  }));

const overlapping: fc.Arbitrary<PoolingCase> = fc
  .tuple(size(2), size(3), axis, axis, fc.boolean())
  .map(([n, c, rows, columns, ceil]) => ({
    shape: [n, c, rows.image, columns.image],
    options: {
      kernel: [rows.window, columns.window],
      strides: [rows.stride, columns.stride],
      pads: [rows.begin, columns.begin, rows.end, columns.end],
      ceil,
    },
  }));

/** Windows side by side; the image may have pixels left over. */
const tiling: fc.Arbitrary<PoolingCase> = fc
  .tuple(size(2), size(3), axis, axis)
  .map(([n, c, rows, columns]) => ({
    shape: [n, c, rows.image, columns.image],
    options: { kernel: [rows.window, columns.window] },
  }));

/** Windows that overlap, leave gaps or tile; asymmetric pads, hanging windows. */
export const pooling: fc.Arbitrary<PoolingCase> = fc.oneof(overlapping, tiling);
