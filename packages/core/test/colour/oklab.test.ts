import { expect, test } from "vitest";
import { fromOklab, oklabOf, toOklab } from "../../src/colour/oklab.ts";
import { linearToSrgb, srgbToLinear } from "../../src/colour/srgb.ts";
import { picture } from "../pictures.ts";

test("sRGB's curve is the standard's, and goes both ways", () => {
  // IEC 61966-2-1: the pieces meet at 0.04045; middle grey of 18 % is encoded as 0.461.
  expect(linearToSrgb(0.18)).toBeCloseTo(0.4614, 4);
  expect(srgbToLinear(0.5)).toBeCloseTo(((0.5 + 0.055) / 1.055) ** 2.4, 15);
  expect(srgbToLinear(0.04)).toBeCloseTo(0.04 / 12.92, 15);
  for (const value of [-0.3, 0, 0.01, 0.2, 1, 1.4])
    expect(linearToSrgb(srgbToLinear(value))).toBeCloseTo(value, 12);
});

test.each([
  // CSS Color 4's values of sRGB's primaries, to the digits given there.
  { rgb: [1, 1, 1], lab: [1, 0, 0] },
  { rgb: [1, 0, 0], lab: [0.62796, 0.22486, 0.12585] },
  { rgb: [0, 1, 0], lab: [0.86644, -0.23389, 0.1795] },
  { rgb: [0, 0, 1], lab: [0.45201, -0.03246, -0.31153] },
] as const)("OKLab of $rgb is $lab", ({ rgb, lab }) => {
  for (const [i, value] of oklabOf(rgb).entries()) expect(value).toBeCloseTo(lab[i]!, 4);
});

test("greys have no chroma", () => {
  for (const value of [0, 0.2, 0.7, 1]) {
    const [, a, b] = oklabOf([value, value, value]);
    // The published numbers hold white to 1e-7.
    expect(Math.hypot(a, b)).toBeLessThan(1e-6);
  }
});

test("a picture comes back from OKLab", () => {
  const original = picture({ width: 9, height: 7 }, 4);
  const back = fromOklab(toOklab(original));
  for (const [i, value] of back.entries()) expect(value).toBeCloseTo(original.data[i]!, 5);
});
