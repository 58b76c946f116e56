import { expect, test } from "vitest";
import { sideBySide } from "../../src/image/sideBySide.ts";

const two = (...data: number[]) => ({ width: 1, height: 2, data: Float32Array.from(data) });

test("pictures stand from left to right, row by row and colour by colour", () => {
  const strip = sideBySide([two(1, 2, 3, 4, 5, 6), two(10, 20, 30, 40, 50, 60)]);
  expect(strip).toEqual({
    width: 2,
    height: 2,
    data: Float32Array.of(1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60),
  });
});

test("where one is transparent, the others are opaque", () => {
  const alpha = Float32Array.of(0, 0.5);
  const strip = sideBySide([two(0, 0, 0, 0, 0, 0), { ...two(0, 0, 0, 0, 0, 0), alpha }]);
  expect(strip.alpha).toEqual(Float32Array.of(1, 0, 1, 0.5));
});

test("no picture, and pictures of different sizes, are no strip", () => {
  expect(() => sideBySide([])).toThrow("a strip has no pictures: expected at least one.");
  const other = { width: 2, height: 1, data: new Float32Array(6) };
  expect(() => sideBySide([two(0, 0, 0, 0, 0, 0), other])).toThrow(
    "pictures of 1×2 and 2×1 px are no strip: expected equal sizes.",
  );
});
