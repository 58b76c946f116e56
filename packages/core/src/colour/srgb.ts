/**
 * Linear light from an sRGB-encoded value. Beyond [0, 1] the curve goes on, and below 0 it is mirrored,
 * so that colours outside the gamut keep their place.
 *
 * Source: IEC 61966-2-1:1999, section 5.2; the mirrored part as in CSS Color 4, section 10.2.
 */
export function srgbToLinear(encoded: number): number {
  const size = Math.abs(encoded);
  if (size <= 0.04045) return encoded / 12.92;
  return Math.sign(encoded) * ((size + 0.055) / 1.055) ** 2.4;
}

/** The sRGB-encoded value of linear light: the inverse of {@link srgbToLinear}, not clipped. */
export function linearToSrgb(linear: number): number {
  const size = Math.abs(linear);
  if (size <= 0.0031308) return 12.92 * linear;
  return Math.sign(linear) * (1.055 * size ** (1 / 2.4) - 0.055);
}
