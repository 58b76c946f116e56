import { describe, expect, expectTypeOf, test } from "vitest";
import {
  bytesPerElement,
  type DType,
  typedArrayFromBytes,
  typedArrayOf,
  type TypedArrayOf,
} from "../../src/tensor/dtype.ts";

const dtypes = Object.keys(bytesPerElement) as DType[];

test("every element type is stored in an array whose elements have its size", () => {
  expect(dtypes).toHaveLength(8);
  for (const dtype of dtypes) {
    expect(new typedArrayOf[dtype](1).byteLength, dtype).toBe(bytesPerElement[dtype]);
  }
});

test("the types follow the element type", () => {
  expectTypeOf<TypedArrayOf<"float32">>().toEqualTypeOf<Float32Array>();
  expectTypeOf<TypedArrayOf<"float16">>().toEqualTypeOf<Uint16Array>();
  expectTypeOf<TypedArrayOf<"int64">>().toEqualTypeOf<BigInt64Array>();
  expectTypeOf<TypedArrayOf<"bool">>().toEqualTypeOf<Uint8Array>();
  expectTypeOf(new typedArrayOf.int64([1n])).toEqualTypeOf<BigInt64Array>();
});

describe("typedArrayFromBytes", () => {
  // 1 and -2 in binary32, little-endian, after one odd byte.
  const bytes = Uint8Array.of(0xff, 0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0xc0);

  test("reads little-endian elements from any address", () => {
    expect(typedArrayFromBytes("float32", bytes.subarray(1))).toEqual(Float32Array.of(1, -2));
    const aligned = bytes.slice(1);
    expect(typedArrayFromBytes("float32", aligned)).toEqual(Float32Array.of(1, -2));
    expect(typedArrayFromBytes("int64", aligned)).toEqual(
      BigInt64Array.of(BigInt.asIntN(64, 0xc0000000_3f800000n)),
    );
  });

  test("reads unaligned elements of a Node Buffer", () => {
    const buffer = Buffer.from(bytes.buffer).subarray(1);
    expect(typedArrayFromBytes("float32", buffer)).toEqual(Float32Array.of(1, -2));
  });

  test("shares the memory of aligned bytes", () => {
    const aligned = bytes.slice(1);
    typedArrayFromBytes("float32", aligned)[0] = 0;
    expect([...aligned.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });

  test("refuses part of an element", () => {
    expect(() => typedArrayFromBytes("float32", bytes)).toThrow(RangeError);
  });
});
