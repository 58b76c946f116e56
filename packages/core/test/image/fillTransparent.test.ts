import { describe, expect, test } from "vitest";
import { fillTransparent } from "../../src/image/fillTransparent.ts";
import type { Raster } from "../../src/image/raster.ts";
import { picture } from "../pictures.ts";

/** Grey pixels in one row, with their opacity. */
function row(values: readonly number[], alpha: readonly number[]): Raster {
  const data = Float32Array.from([...values, ...values, ...values]);
  return { width: values.length, height: 1, data, alpha: Float32Array.from(alpha) };
}

const red = ({ data, width, height }: Raster): number[] => [...data.subarray(0, width * height)];

describe("by hand", () => {
  test("one visible pixel colours everything", () => {
    const hidden = [0.9, 0.1, 0.2, 0.3, 0.7];
    expect(red(fillTransparent(row(hidden, [0, 1, 0, 0, 0])))).toEqual(
      Array<number>(5).fill(Math.fround(0.1)),
    );
  });

  test("a gap is a slope between its edges", () => {
    // Halves: 0, ?, ?, 1; of these 0 and 1; of these 0.5, which fills nothing. Interpolated at quarters.
    const filled = red(fillTransparent(row([0, 0, 9, 9, 9, 9, 1, 1], [1, 1, 0, 0, 0, 0, 1, 1])));
    // The second level is 0, 0.25, 0.75, 1 from 0 and 1; the first takes 3/4 of its own and 1/4 of the next.
    expect(filled).toEqual([0, 0, 0.1875, 0.375, 0.625, 0.8125, 1, 1]);
  });

  test("what is nearly invisible is mixed with what is around, and what is seen is kept", () => {
    const [, nearly, seen] = red(fillTransparent(row([0.5, 1, 0.25, 0.5], [1, 1 / 32, 1 / 16, 1])));
    expect(seen).toBe(0.25);
    // Half of its own colour, half of 3/4 its block's, (0.5 + 0.5 · 1) / 1.5, and 1/4 the next one's, 0.375.
    expect(nearly).toBeCloseTo(0.5 * 1 + 0.5 * (0.75 * (2 / 3) + 0.25 * 0.375), 6);
  });

  test("where nothing is visible all is grey", () => {
    expect(red(fillTransparent(row([0.1, 0.9, 0.3], [0, 0, 0])))).toEqual([0.5, 0.5, 0.5]);
  });
});

describe("in pictures", () => {
  test("an opaque picture is returned as it is", () => {
    const without = picture({ width: 7, height: 5 }, 1);
    const opaque = { ...without, alpha: new Float32Array(35).fill(1) };
    expect(fillTransparent(opaque)).toBe(opaque);
    expect(fillTransparent(without)).toBe(without);
  });

  test.each([
    [1, 1],
    [1, 9],
    [13, 6],
    [64, 33],
  ])(
    "hidden colours do not count, %i × %i px, and stay in the range of the visible",
    (width, height) => {
      const alpha = Float32Array.from({ length: width * height }, (_, i) =>
        Number(i % 5 === 2 || i === 0),
      );
      const of = (hidden: number): Raster => {
        const { data } = picture({ width, height }, 3);
        return {
          ...{ width, height, alpha },
          data: data.map((value, i) => (alpha[i % alpha.length] === 1 ? value : hidden)),
        };
      };
      const filled = fillTransparent(of(0));
      expect(fillTransparent(of(1e3))).toEqual(filled);
      expect(filled.alpha).toBe(alpha);
      const visible = (data: Float32Array): Float32Array =>
        data.filter((_, i) => alpha[i % alpha.length] === 1);
      expect(visible(filled.data)).toEqual(visible(of(0).data));
      expect(Math.min(...filled.data)).toBeGreaterThanOrEqual(0.1 - 1e-6);
      expect(Math.max(...filled.data)).toBeLessThanOrEqual(0.9 + 1e-6);
    },
  );
});
