import { ShapeError } from "../errors.ts";
import { elementCount, formatShape } from "./dim.ts";
import type { DType, TypedArrayOf } from "./dtype.ts";

/** Numbers in row-major order with their shape: what goes into a program and what comes out. */
export interface Tensor<D extends DType = DType> {
  /** Element type; float16 is stored as bit patterns, bool as 0 and 1, int64 as bigint. */
  readonly dtype: D;
  /** Axis lengths, outermost first; `[]` is a scalar. */
  readonly shape: readonly number[];
  /** The elements, row-major. */
  readonly data: TypedArrayOf<D>;
}

/**
 * A tensor of any element type.
 *
 * @param dtype - element type
 * @param data - elements, row-major, not copied
 * @param shape - axis lengths
 * @throws {ShapeError} if `data` does not hold exactly as many elements as `shape` says
 */
export function tensorOf<D extends DType>(
  dtype: D,
  data: TypedArrayOf<D>,
  shape: readonly number[],
): Tensor<D> {
  if (shape.some((dim) => !Number.isInteger(dim) || dim < 0))
    throw new ShapeError(`tensor shape must hold whole numbers >= 0; got ${formatShape(shape)}.`);
  const count = elementCount(shape);
  if (data.length !== count)
    throw new ShapeError(
      `tensor of shape ${formatShape(shape)} needs ${count} elements; got ${data.length}.`,
    );
  return { dtype, data, shape };
}

/**
 * A float32 tensor, the usual kind.
 *
 * @param data - elements, row-major; a Float32Array is not copied
 * @param shape - axis lengths; one axis of `data.length` when left out
 * @throws {ShapeError} if the number of elements does not fit `shape`
 */
export function tensor(
  data: ArrayLike<number>,
  shape: readonly number[] = [data.length],
): Tensor<"float32"> {
  const floats = data instanceof Float32Array ? data : Float32Array.from(data);
  return tensorOf("float32", floats as Float32Array<ArrayBuffer>, shape);
}

/** A float32 scalar, shape `[]`. */
export function scalar(value: number): Tensor<"float32"> {
  return tensor([value], []);
}

/** An int64 tensor of one axis: how ONNX wants shapes, axes and indices. */
export function int64(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Tensor<"int64"> {
  return tensorOf("int64", BigInt64Array.from(values, BigInt), shape);
}
