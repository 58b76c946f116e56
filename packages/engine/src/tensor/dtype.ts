// Element types of tensors and the typed arrays that hold them.

/** Element type of a tensor, named as in onnxruntime and NumPy. */
export type DType =
  "float32" | "float64" | "float16" | "int64" | "int32" | "uint8" | "int8" | "bool";

/**
 * The typed array that stores elements of type `D`. JavaScript has no array of half floats before
 * Node 24, so float16 is stored as bit patterns in a `Uint16Array`; a bool is one byte, 0 or 1.
 */
export type TypedArrayOf<D extends DType> = {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  bool: Uint8Array;
}[D];

/** JavaScript type of one stored element: `bigint` for int64, `number` for all others. */
export type ElementOf<D extends DType> = D extends "int64" ? bigint : number;

/**
 * Constructor of the typed array that stores elements of type `D`: zeros of a length, a copy of
 * values, or a view of a buffer. One signature, so that it can be called on a union of types too.
 */
export type TypedArrayConstructorOf<D extends DType> = new (
  source: number | ArrayLike<ElementOf<D>> | ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => TypedArrayOf<D>;

/** Size of one stored element, in bytes. */
export const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  int64: 8,
  int32: 4,
  uint8: 1,
  int8: 1,
  bool: 1,
};

/** Constructor of the typed array that stores each element type; see {@link TypedArrayOf}. */
export const typedArrayOf = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
} as { readonly [D in DType]: TypedArrayConstructorOf<D> };

/**
 * Sees raw little-endian bytes as a typed array. Shares memory where the bytes lie aligned for the
 * element type, otherwise copies them (typed arrays cannot start at an odd address).
 *
 * @param dtype - element type of the bytes
 * @param bytes - a whole number of elements
 * @throws {RangeError} if the length is not a multiple of the element's size
 */
export function typedArrayFromBytes<D extends DType>(dtype: D, bytes: Uint8Array): TypedArrayOf<D> {
  const width = bytesPerElement[dtype];
  if (bytes.byteLength % width !== 0) {
    throw new RangeError(`${dtype} elements take ${width} bytes each; got ${bytes.byteLength}.`);
  }
  // Not slice: that of Node's Buffer, which is a Uint8Array too, does not copy.
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  // Every JavaScript platform that runs ONNX Runtime is little-endian.
  return new typedArrayOf[dtype](aligned.buffer, aligned.byteOffset, aligned.byteLength / width);
}

/** ONNX's number for each element type (TensorProto.DataType), which Cast takes as its target. */
export const dtypeCodes: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};
