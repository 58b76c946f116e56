import { describe, expect, test } from "vitest";
import { decodeFloat16, encodeFloat16 } from "../../src/tensor/float16.ts";

const INFINITY = 0x7c00;
const allPatterns = Uint16Array.from({ length: 65536 }, (_, pattern) => pattern);

/** The value of a pattern as the standard defines it: IEEE 754-2019, section 3.4. */
function definition(pattern: number): number {
  const sign = pattern >>> 15 === 1 ? -1 : 1;
  const exponent = (pattern >>> 10) & 31;
  const fraction = (pattern & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction);
}

/** The float32 next to a positive one, `steps` away. */
function neighbour(value: number, steps: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]! += steps;
  return new Float32Array(bits.buffer)[0]!;
}

function encoded(...values: number[]): number[] {
  return [...encodeFloat16(Float32Array.from(values))];
}

describe("decodeFloat16", () => {
  test("gives every one of the 65536 patterns the value of its definition", () => {
    const values = decodeFloat16(allPatterns);
    const wrong = [...allPatterns].filter((i) => !Object.is(values[i], definition(i)));
    expect(wrong).toEqual([]);
  });
});

describe("encodeFloat16", () => {
  test("takes every pattern back from its value, signs of zero and NaN payloads included", () => {
    const back = encodeFloat16(decodeFloat16(allPatterns));
    expect([...allPatterns].filter((i) => back[i] !== i)).toEqual([]);
  });

  test("rounds to the nearest, and to the even one halfway, between all neighbours", () => {
    const wrong: number[] = [];
    for (let lower = 0; lower < INFINITY - 1; lower++) {
      const halfway = (definition(lower) + definition(lower + 1)) / 2;
      const [before, after] = [neighbour(halfway, -1), neighbour(halfway, 1)];
      const even = lower + (lower % 2);
      const expected = [
        lower,
        even,
        lower + 1,
        0x8000 | lower,
        0x8000 | even,
        0x8000 | (lower + 1),
      ];
      const found = encoded(before, halfway, after, -before, -halfway, -after);
      if (found.join() !== expected.join()) wrong.push(lower);
    }
    expect(wrong).toEqual([]);
  });

  test("overflows to infinity from 65520 on, halfway beyond the largest", () => {
    expect(encoded(65504, 65519.99609375, 65520, 3.4e38, Infinity, -65520)).toEqual([
      0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00, 0xfc00,
    ]);
  });

  test("keeps a NaN a NaN when the payload has only low bits", () => {
    const lowPayload = new Float32Array(Uint32Array.of(0x7f800001, 0xff800001).buffer);
    expect([...encodeFloat16(lowPayload)]).toEqual([0x7e00, 0xfe00]);
  });

  test("reads a view that starts inside a buffer", () => {
    expect([...encodeFloat16(Float32Array.of(9, 1, -2).subarray(1))]).toEqual([0x3c00, 0xc000]);
  });
});
