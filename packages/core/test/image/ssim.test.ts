import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Raster } from "../../src/image/raster.ts";
import { ssim } from "../../src/image/ssim.ts";

/** Made by scripts/reference/ssim.py. */
const { cases } = JSON.parse(
  readFileSync(new URL("./ssim.reference.json", import.meta.url), "utf8"),
) as {
  readonly cases: readonly {
    readonly height: number;
    readonly width: number;
    readonly b: "other" | "faded" | "mixed" | "negative";
    readonly ssim: number;
  }[];
};

/** The test picture of scripts/reference/ssim.py. */
function picture(height: number, width: number, seed: number): Raster {
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const channel = Math.floor(i / (width * height));
    return ((seed * x * x + 101 * y + 13 * x * y + 59 * channel) % 256) / 255;
  });
  return { width, height, data };
}

function changed(raster: Raster, change: (value: number, index: number) => number): Raster {
  return { ...raster, data: raster.data.map(change) };
}

test.each(cases)(
  "$width × $height pixels against $b: the formula window by window gives $ssim",
  ({ height, width, b, ssim: expected }) => {
    const a = picture(height, width, 37);
    const other = picture(height, width, 41);
    const others: Record<typeof b, Raster> = {
      other,
      faded: changed(a, (value) => 0.25 + 0.5 * value),
      mixed: changed(a, (value, i) => 0.7 * value + 0.3 * other.data[i]!),
      negative: changed(a, (value) => 1 - value),
    };
    // Pixels are float32 here, 6e-8 of their size.
    expect(ssim(a, others[b])).toBeCloseTo(expected, 6);
  },
);

describe("a picture", () => {
  const a = picture(30, 40, 37);

  test("is like itself to 1", () => {
    expect(ssim(a, a)).toBe(1);
  });

  test("is unlike its negative", () => {
    expect(
      ssim(
        a,
        changed(a, (value) => 1 - value),
      ),
    ).toBeLessThan(-0.9);
  });

  test("is as like another as the other is like it", () => {
    const b = picture(30, 40, 41);
    expect(ssim(a, b)).toBeCloseTo(ssim(b, a), 12);
  });

  test("cannot be compared with one of another size", () => {
    expect(() => ssim(a, picture(40, 30, 37))).toThrow(
      "ssim: expected pictures of equal size, got 40×30 and 30×40.",
    );
  });
});

test("two flat pictures differ by their means alone", () => {
  const flat = (value: number): Raster => ({
    width: 12,
    height: 12,
    data: new Float32Array(3 * 144).fill(value),
  });
  // (2 · 51 · 102 + C1) / (51² + 102² + C1)
  const c1 = (0.01 * 255) ** 2;
  expect(ssim(flat(0.2), flat(0.4))).toBeCloseTo(
    (2 * 51 * 102 + c1) / (51 ** 2 + 102 ** 2 + c1),
    6,
  );
});
