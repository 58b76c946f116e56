import { describe, expect, test } from "vitest";
import { fillTransparent } from "../../src/image/fillTransparent.ts";
import type { Raster } from "../../src/image/raster.ts";
import { resize, resizeFilters } from "../../src/image/resize.ts";
import { rotate } from "../../src/image/rotate.ts";
import { picture } from "../pictures.ts";

/** Red in a square that covers a bit more than a fourth, and another colour behind transparency. */
function redBeside(hidden: readonly [number, number, number]): Raster {
  const side = 13;
  const alpha = Float32Array.from({ length: side * side }, (_, i) =>
    Number(i % side < 7 && i < 7 * side),
  );
  const data = Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const c = Math.floor(i / (side * side));
    return alpha[i % (side * side)] === 1 ? Number(c === 0) : hidden[c]!;
  });
  return { width: side, height: side, data, alpha };
}

const ways: Readonly<Record<string, (raster: Raster) => Raster>> = {
  ...Object.fromEntries(
    resizeFilters.flatMap((filter) => [
      [`${filter}, smaller`, (raster: Raster) => resize(raster, { width: 5, height: 4 }, filter)],
      [`${filter}, larger`, (raster: Raster) => resize(raster, { width: 31, height: 17 }, filter)],
    ]),
  ),
  "turned by 30°": (raster) => rotate(raster, 30),
  "turned by 90°": (raster) => rotate(raster, 90),
};

describe.each(Object.entries(ways))("%s", (_, change) => {
  test("an edge keeps its colour, whatever is behind", () => {
    const { data, alpha } = change(redBeside([0, 1, 0]));
    const pixels = alpha!.length;
    let partly = 0;
    for (let i = 0; i < pixels; i++) {
      if (alpha![i]! < 1e-3) continue;
      if (alpha![i]! < 0.999) partly++;
      expect(data[i]).toBeCloseTo(1, 5);
      expect(data[pixels + i]).toBeCloseTo(0, 5);
    }
    expect(partly > 0 || /nearest|90/.test(_)).toBe(true);
    expect(data.every(Number.isFinite)).toBe(true);
  });

  test("once filled, nothing is left of what was behind", () => {
    const filled = (hidden: readonly [number, number, number]): Raster =>
      change(fillTransparent(redBeside(hidden)));
    expect(filled([0.2, 0.9, 0.4])).toEqual(filled([0, 0, 1]));
  });

  test("opaque pictures come out to the bit as without opacity", () => {
    const opaque = picture({ width: 13, height: 13 }, 2);
    const { alpha, ...rest } = change({ ...opaque, alpha: new Float32Array(169).fill(1) });
    expect(rest).toEqual(change(opaque));
    expect(alpha!.every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
  });
});

test("half of one colour and a fourth of another: their mean by opacity", () => {
  const small = resize(
    {
      width: 2,
      height: 1,
      data: Float32Array.of(1, 0, 0, 1, 0, 0),
      alpha: Float32Array.of(0.5, 0.25),
    },
    { width: 1, height: 1 },
    "area",
  );
  expect([...small.data].map((value) => value.toFixed(6))).toEqual([
    "0.666667",
    "0.333333",
    "0.000000",
  ]);
  expect(small.alpha).toEqual(Float32Array.of(0.375));
});
