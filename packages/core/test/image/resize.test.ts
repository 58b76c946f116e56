import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fitLongSide } from "../../src/image/raster.ts";
import { resize, resizePlanes } from "../../src/image/resize.ts";
import type { ResizeFilter } from "../../src/image/resize.ts";

interface ReferenceCase {
  readonly filter: ResizeFilter;
  /** Height and width. */
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  /** Two planes. */
  readonly values: readonly number[];
}

/** Made by scripts/reference/resize.py. */
const { cases } = JSON.parse(
  readFileSync(new URL("./resize.reference.json", import.meta.url), "utf8"),
) as { readonly cases: readonly ReferenceCase[] };

/** The test picture of scripts/reference/resize.py. */
function pattern(height: number, width: number, planes: number): Float32Array {
  return Float32Array.from({ length: planes * height * width }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width) % height;
    const plane = Math.floor(i / (width * height));
    return ((37 * x * x + 101 * y + 13 * x * y + 59 * plane) % 256) / 255;
  });
}

const row = (filter: ResizeFilter, width: number, ...values: number[]): number[] =>
  Array.from(
    resizePlanes(
      Float32Array.from(values),
      { width: values.length, height: 1 },
      { width, height: 1 },
      filter,
    ),
  );

// Inputs in float32 here, float64 or float32 there; sums of at most 100 terms of size 1.
const F32 = 5e-7;

describe("numbers are those of PyTorch, Pillow and NumPy", () => {
  test.each(cases)("$filter from $from to $to", ({ filter, from, to, values }) => {
    const [height, width] = from;
    const planes = pattern(height, width, 2);
    const result = resizePlanes(planes, { width, height }, { width: to[1], height: to[0] }, filter);
    expect(result).toHaveLength(values.length);
    const gaps = Array.from(result, (value, i) => Math.abs(value - values[i]!));
    expect(Math.max(...gaps)).toBeLessThan(F32);
  });

  test("for every filter there are some", () => {
    expect(new Set(cases.map(({ filter }) => filter)).size).toBe(5);
    expect(cases.length).toBeGreaterThanOrEqual(35);
  });
});

describe("one line by hand", () => {
  test("triangle to the double: new centres lie a quarter of a pixel beside the old ones", () => {
    expect(row("triangle", 4, 0, 1)).toEqual([0, 0.25, 0.75, 1]);
  });

  test("triangle to a half: the kernel reaches two pixels each way, cut off at the edge", () => {
    // Weights 3, 3, 1 at distances ½, ½, 3/2 of 2, and once more mirrored.
    const [left, right] = row("triangle", 2, 7, 0, 0, 14);
    expect(left).toBeCloseTo(3, 6);
    expect(right).toBeCloseTo(6, 6);
  });

  test("area from three to two: half of the middle pixel goes to each side", () => {
    const [left, right] = row("area", 2, 3, 6, 9);
    expect(left).toBeCloseTo((3 + 6 / 2) / 1.5, 6);
    expect(right).toBeCloseTo((6 / 2 + 9) / 1.5, 6);
  });

  test("nearest from five to two takes the pixels under 1.25 and 3.75", () => {
    expect(row("nearest", 2, 0, 1, 2, 3, 4)).toEqual([1, 3]);
  });

  test("bicubic to the double overshoots beside an edge", () => {
    // Catmull–Rom at distances 7/4, 3/4, 1/4, 5/4: −0.0234375, 0.2265625, 0.8671875, −0.0703125.
    const line = row("bicubic", 16, 0, 0, 0, 0, 1, 1, 1, 1);
    expect(line[9]).toBeCloseTo(0.8671875 + 0.2265625 - 0.0234375, 6);
    expect(line[8]).toBeCloseTo(0.8671875 - 0.0703125, 6);
  });
});

describe.each<ResizeFilter>(["nearest", "area", "triangle", "bicubic", "lanczos3"])(
  "%s",
  (filter) => {
    test.each([
      [3, 2],
      [19, 23],
      [40, 1],
    ])("keeps a flat plane flat at %i × %i", (width, height) => {
      const flat = new Float32Array(13 * 11).fill(0.7);
      const result = resizePlanes(flat, { width: 13, height: 11 }, { width, height }, filter);
      for (const value of result) expect(value).toBeCloseTo(0.7, 6);
    });

    test("is symmetric: a mirrored line gives the mirrored result", () => {
      // 13 to 5: no new centre lies on the border of two pixels, where nearest must choose a side.
      const line = [...pattern(1, 13, 1)];
      const there = row(filter, 5, ...line);
      const back = row(filter, 5, ...line.reverse()).reverse();
      there.forEach((value, i) => expect(value).toBeCloseTo(back[i]!, 6));
    });
  },
);

describe("a picture", () => {
  const picture = { width: 4, height: 3, data: pattern(3, 4, 3), alpha: pattern(3, 4, 1) };

  test("of the same size is the same, in new memory", () => {
    const same = resize(picture, { width: 4, height: 3 }, "lanczos3");
    expect(same).toEqual(picture);
    expect(same.data.buffer).not.toBe(picture.data.buffer);
  });

  test("keeps its channels apart, each by its opacity", () => {
    const small = resize(picture, { width: 2, height: 2 });
    expect(small.data).toHaveLength(12);
    const multiplied = picture.data.subarray(12, 24).map((value, i) => value * picture.alpha[i]!);
    const green = resizePlanes(multiplied, picture, small, "triangle");
    expect(small.data.subarray(4, 8)).toEqual(green.map((value, i) => value / small.alpha![i]!));
    expect(small.alpha).toEqual(resizePlanes(picture.alpha, picture, small, "triangle"));
  });

  test("without opacity has none afterwards", () => {
    const { width, height, data } = picture;
    expect(resize({ width, height, data }, { width: 2, height: 2 })).not.toHaveProperty("alpha");
  });

  test.each([
    [0, 5],
    [5, -1],
    [2.5, 2],
    [NaN, 2],
  ])("cannot be %d × %d", (width, height) => {
    expect(() => resize(picture, { width, height })).toThrow(
      `size: expected whole numbers of pixels from 1, got ${width}×${height}.`,
    );
  });

  test("must have whole planes", () => {
    const from = { width: 4, height: 3 };
    expect(() => resizePlanes(new Float32Array(13), from, { width: 1, height: 1 }, "area")).toThrow(
      "planes of 4×3: expected a multiple of 12 numbers, got 13.",
    );
  });
});

test.each([
  [{ width: 640, height: 480 }, 512, { width: 512, height: 384 }],
  [{ width: 480, height: 640 }, 512, { width: 384, height: 512 }],
  [{ width: 3, height: 2 }, 512, { width: 512, height: 341 }],
  [{ width: 1000, height: 1 }, 100, { width: 100, height: 1 }],
  [{ width: 7, height: 7 }, 1, { width: 1, height: 1 }],
])("%o with its longer side at %i is %o", (size, longSide, expected) => {
  expect(fitLongSide(size, longSide)).toEqual(expected);
});
