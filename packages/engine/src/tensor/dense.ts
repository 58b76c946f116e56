/**
 * Plain float64 arrays with shapes: the arithmetic in which every operation's meaning is written.
 * Slow and obvious on purpose, because tests hold the fast paths against it.
 */

import { elementCount } from "./dim.ts";
import { decodeFloat16 } from "./float16.ts";
import type { Tensor } from "./tensor.ts";

/** Float64 numbers in row-major order with their shape; booleans are 0 and 1. */
export interface Dense {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** A zero-filled array of this shape, or one that wraps `data`. */
export function dense(
  shape: readonly number[],
  data: Float64Array = new Float64Array(elementCount(shape)),
): Dense {
  return { shape, data };
}

/** The same numbers in float64. */
export function denseOf(tensor: Tensor): Dense {
  const source =
    tensor.dtype === "float16" ? decodeFloat16(tensor.data as Uint16Array) : tensor.data;
  return dense(tensor.shape, Float64Array.from(source as ArrayLike<number | bigint>, Number));
}

/** How far apart neighbours along each axis lie in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Calls `visit` with every position of a shape in row-major order; the index array is reused. */
export function forEachIndex(
  shape: readonly number[],
  visit: (index: readonly number[], offset: number) => void,
): void {
  const index = new Array<number>(shape.length).fill(0);
  const count = elementCount(shape);
  for (let offset = 0; offset < count; offset++) {
    visit(index, offset);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** Applies `f` to every element. */
export function mapDense(x: Dense, f: (value: number) => number): Dense {
  return dense(x.shape, x.data.map(f));
}

/**
 * Builds an array from a function of the position.
 *
 * @param at - the element at an index; the index array is reused
 */
export function fillDense(
  shape: readonly number[],
  at: (index: readonly number[]) => number,
): Dense {
  const result = dense(shape);
  forEachIndex(shape, (index, offset) => {
    result.data[offset] = at(index);
  });
  return result;
}

/** The element of `x` at an index; axes are aligned at the end and axes of length 1 repeat. */
export function broadcastAt(x: Dense, index: readonly number[]): number {
  const shift = index.length - x.shape.length;
  let offset = 0;
  for (let axis = 0; axis < x.shape.length; axis++) {
    const size = x.shape[axis]!;
    offset = offset * size + (size === 1 ? 0 : index[axis + shift]!);
  }
  return x.data[offset]!;
}

/** The element of `x` at an index of exactly its rank. */
export function elementAt(x: Dense, ...index: readonly number[]): number {
  let offset = 0;
  for (let axis = 0; axis < x.shape.length; axis++) offset = offset * x.shape[axis]! + index[axis]!;
  return x.data[offset]!;
}
