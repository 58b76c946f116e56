import { describe, expect, test } from "vitest";
import type { Raster } from "../../src/image/raster.ts";
import { rotate } from "../../src/image/rotate.ts";
import { picture } from "../pictures.ts";

/** 1 2 3 / 4 5 6, in hundredths, in all channels. */
const six = planes(3, 2, (x, y) => (3 * y + x + 1) / 100);

function planes(width: number, height: number, at: (x: number, y: number) => number): Raster {
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const p = i % (width * height);
    return at(p % width, Math.floor(p / width));
  });
  return { width, height, data };
}

const hundredths = ({ width, height, data }: Raster): number[] =>
  [...data.slice(0, width * height)].map((value) => Math.round(100 * value));

describe("right angles only move pixels", () => {
  test.each([
    { degrees: 0, width: 3, expected: [1, 2, 3, 4, 5, 6] },
    { degrees: 90, width: 2, expected: [4, 1, 5, 2, 6, 3] },
    { degrees: 180, width: 3, expected: [6, 5, 4, 3, 2, 1] },
    { degrees: 270, width: 2, expected: [3, 6, 2, 5, 1, 4] },
    { degrees: -90, width: 2, expected: [3, 6, 2, 5, 1, 4] },
    { degrees: 450, width: 2, expected: [4, 1, 5, 2, 6, 3] },
  ])("by $degrees°", ({ degrees, width, expected }) => {
    const turned = rotate(six, degrees);
    expect(turned.width).toBe(width);
    expect(hundredths(turned)).toEqual(expected);
  });

  test("and four of them give the picture back, opacity too, bit by bit", () => {
    const original = {
      ...picture({ width: 7, height: 5 }, 1),
      alpha: picture({ width: 7, height: 5 }, 2).data.slice(0, 35),
    };
    const quarter = (raster: Raster): Raster => rotate(raster, 90);
    expect(quarter(quarter(quarter(quarter(original))))).toEqual(original);
  });
});

test.each(["triangle", "bicubic"] as const)(
  "by %s a ramp stays a ramp and turns clockwise",
  (filter) => {
    const ramp = planes(60, 40, (x) => 0.2 + 0.01 * x); // brighter to the right
    const degrees = 30;
    const { width, height, data } = rotate(ramp, degrees, filter);
    // Away from the edges, whose pixels are repeated.
    for (let y = 3; y < height - 4; y++)
      for (let x = 3; x < width - 4; x++) {
        const i = y * width + x;
        // Clockwise: what pointed right points down to the right.
        expect(data[i + 1]! - data[i]!).toBeCloseTo(0.01 * Math.cos(Math.PI / 6), 5);
        expect(data[i + width]! - data[i]!).toBeCloseTo(0.01 * Math.sin(Math.PI / 6), 5);
      }
  },
);

describe.each([
  { width: 200, height: 120 },
  { width: 90, height: 150 },
  { width: 101, height: 101 },
])("of $width×$height px", (size) => {
  /** Whether a rectangle at the middle lies in the picture when turned. */
  const fits = (from: typeof size, to: typeof size, degrees: number): boolean => {
    const angle = (degrees * Math.PI) / 180;
    return [1, -1].every((sign) => {
      const [x, y] = [to.width / 2, (sign * to.height) / 2];
      const across = Math.abs(x * Math.cos(angle) - y * Math.sin(angle));
      const down = Math.abs(x * Math.sin(angle) + y * Math.cos(angle));
      return across <= from.width / 2 + 1e-9 && down <= from.height / 2 + 1e-9;
    });
  };

  test.each([1, 17, 45, -30, 60, 89, 133, 200])("the cut at %d° is the largest", (degrees) => {
    const { width, height } = rotate(picture(size, 1), degrees);
    expect(fits(size, { width, height }, degrees)).toBe(true);
    // Both sides are rounded down: a pixel more on each no longer fits.
    expect(fits(size, { width: width + 1, height: height + 1 }, degrees)).toBe(false);
    const upright = Math.abs(Math.cos((degrees * Math.PI) / 180)) >= Math.SQRT1_2 - 1e-9;
    const ratio = upright ? size.width / size.height : size.height / size.width;
    expect(Math.abs(width - ratio * height)).toBeLessThan(1 + ratio);
  });

  test.each(["triangle", "bicubic"] as const)(
    "white stays white by %s: nothing comes from outside",
    (filter) => {
      const white = planes(size.width, size.height, () => 1);
      for (const degrees of [3, 45, 77]) {
        const { data } = rotate(white, degrees, filter);
        expect(Math.min(...data)).toBeGreaterThan(1 - 1e-6);
      }
    },
  );
});

test("an angle that is no number is refused", () => {
  expect(() => rotate(six, NaN)).toThrow("degrees: expected a finite number, got NaN.");
});
