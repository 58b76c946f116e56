// IEEE 754 binary16 (half precision) to and from binary32, on bit patterns.
// Source: IEEE Std 754-2019, sections 3.4 (formats) and 4.3.1 (round to nearest, ties to even).

/**
 * Rounds float32 values to float16: to nearest, ties to even; beyond 65504 to infinity; subnormals
 * are kept; a NaN keeps its sign and the upper ten bits of its payload.
 *
 * @param values - any float32 values
 * @returns their float16 bit patterns, one per value
 */
export function encodeFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const patterns = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) patterns[i] = float16FromFloat32(bits[i]!);
  return patterns;
}

/**
 * Widens float16 bit patterns to float32. Exact for every pattern, NaN payloads included.
 *
 * @param patterns - float16 bit patterns
 * @returns their float32 values, one per pattern
 */
export function decodeFloat16(patterns: Uint16Array): Float32Array {
  // Not Uint32Array.from with a function, which is ten times as slow.
  const bits = new Uint32Array(patterns.length);
  for (let i = 0; i < bits.length; i++) bits[i] = float32FromFloat16(patterns[i]!);
  return new Float32Array(bits.buffer);
}

function float16FromFloat32(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    // A payload that lies in the lower bits only would turn the NaN into infinity: make it quiet.
    const payload = (magnitude >>> 13) & 0x3ff;
    return sign | 0x7c00 | (payload === 0 ? 0x200 : payload);
  }
  // 65520, halfway between the largest float16 and the power of two above it, rounds up.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  const exponent = magnitude >>> 23;
  // From 2^-14 on a normal number: move the exponent's bias from 127 to 15. A carry out of the
  // rounded mantissa runs into the exponent, which is what it should do.
  if (exponent >= 113) return sign | shiftRounded(magnitude - (112 << 23), 13);
  // At most 2^-25 (half of the smallest subnormal, a tie) rounds to zero.
  if (exponent < 102) return sign;
  // Subnormal: the mantissa with its hidden bit, in units of 2^-24.
  return sign | shiftRounded((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
}

/** `value / 2^shift` to the nearest integer, ties to even. */
function shiftRounded(value: number, shift: number): number {
  const odd = (value >>> shift) & 1;
  return (value + (1 << (shift - 1)) - 1 + odd) >>> shift;
}

function float32FromFloat16(pattern: number): number {
  const sign = (pattern & 0x8000) << 16;
  const exponent = (pattern >>> 10) & 0x1f;
  const mantissa = pattern & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  if (mantissa === 0) return sign;
  // Subnormal: float32 has the range to hold it as a normal number, with the leading bit hidden.
  const shift = Math.clz32(mantissa) - 21;
  return sign | ((113 - shift) << 23) | (((mantissa << shift) & 0x3ff) << 13);
}
