import { expect, test } from "vitest";
import { clippedShare, colourReport, meanChroma } from "../../src/colour/report.ts";
import { picture } from "../pictures.ts";

const four = {
  width: 2,
  height: 2,
  data: Float32Array.of(0, 0.5, 1, 0.999, 0.5, 0.5, 1, 0.5, 0.5, 0.5, 1, 0.997),
};

test("clipped is a pixel with a channel of 0 or 255 in 8 bits", () => {
  // The last one is 0.999 · 255 = 254.7, which is written as 255.
  expect(clippedShare(four)).toBe(3 / 4);
});

test("greys have no chroma, pure red has 0.2577 (CSS Color 4)", () => {
  const grey = { width: 1, height: 1, data: Float32Array.of(0.3, 0.3, 0.3) };
  expect(meanChroma(grey)).toBeLessThan(1e-6);
  const red = { width: 2, height: 1, data: Float32Array.of(1, 0.3, 0, 0.3, 0, 0.3) };
  expect(meanChroma(red)).toBeCloseTo(0.25768 / 2, 4);
});

test("two pictures of one shade each are as far apart as their shades", () => {
  const white = { width: 1, height: 1, data: Float32Array.of(1, 1, 1) };
  const black = { width: 3, height: 1, data: new Float32Array(9) };
  expect(colourReport(white, black).distance).toBeCloseTo(1, 6);
  expect(colourReport(white, black).clippedShare).toBe(1);
});

test("a picture is at no distance from itself", () => {
  const photo = picture({ width: 12, height: 9 }, 2);
  // Rounding of 1e-16 in the squares.
  expect(colourReport(photo, photo).distance).toBeLessThan(1e-7);
});

test("what is transparent has no chroma and is not clipped", () => {
  const alpha = Float32Array.of(1, 0);
  const redAndGrey = { width: 2, height: 1, data: Float32Array.of(1, 0.3, 0, 0.3, 0, 0.3), alpha };
  expect(meanChroma(redAndGrey)).toBeCloseTo(0.25768, 4);
  expect(colourReport(redAndGrey, redAndGrey).clippedShare).toBe(1);
});
