import { seededRandom } from "@deepstyle/engine";
import { expect, test } from "vitest";
import { withGrain } from "../../src/image/grain.ts";
import type { Raster } from "../../src/image/raster.ts";

function drawn(width: number, height: number, value: (x: number, y: number) => number): Raster {
  const size = width * height;
  const data = Float32Array.from({ length: 3 * size }, (_, i) =>
    value(i % width, Math.floor(i / width) % height),
  );
  return { width, height, data };
}

/** Red, in steps of 1/255. */
function red({ width, height, data }: Raster): Float64Array {
  return Float64Array.from(data.subarray(0, width * height), (value) => 255 * value);
}

/** How strong a wave of a period along rows is: its amplitude by the Fourier sum. */
function wave(values: Float64Array, width: number, period: number): number {
  let [real, imaginary] = [0, 0];
  for (const [i, value] of values.entries()) {
    const angle = (2 * Math.PI * (i % width)) / period;
    real += value * Math.cos(angle);
    imaginary += value * Math.sin(angle);
  }
  return (2 * Math.hypot(real, imaginary)) / values.length;
}

test("a flat photo gets a grain of the deviation asked for, grey, about its own colour", () => {
  const photo = drawn(512, 512, () => 0.5);
  const { data } = withGrain(photo, 3);
  const values = red({ ...photo, data });
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  expect(mean).toBeCloseTo(127.5, 0);
  // Some 5,000 independent spots: the deviation itself varies by about 1 %.
  expect(Math.sqrt(variance)).toBeGreaterThan(2.85);
  expect(Math.sqrt(variance)).toBeLessThan(3.15);
  expect(data.subarray(0, 512 * 512)).toEqual(data.subarray(512 * 512, 2 * 512 * 512));
});

test("the grain is some 7 px broad", () => {
  const width = 512;
  const values = red(withGrain(drawn(width, width, () => 0.5)));
  const correlation = (apart: number): number => {
    let [sum, squares] = [0, 0];
    for (let i = 0; i + apart < values.length; i++) {
      if ((i % width) + apart >= width) continue;
      sum += (values[i]! - 127.5) * (values[i + apart]! - 127.5);
      squares += (values[i]! - 127.5) ** 2;
    }
    return sum / squares;
  };
  expect(correlation(2)).toBeGreaterThan(0.8);
  // Of numbers smoothed by 1 4 6 4 1, those two places apart correlate by 28/70.
  expect(correlation(6)).toBeGreaterThan(0.35);
  expect(correlation(6)).toBeLessThan(0.5);
  expect(Math.abs(correlation(24))).toBeLessThan(0.1);
});

test("borders of JPEG's blocks, and what repeats with them, are gone from calm parts", () => {
  // A sky as JPEG keeps it: one colour for each block, each two steps of 255 above the one before.
  const blocks = drawn(256, 256, (x) => (100 + 2 * Math.floor(x / 8)) / 255);
  const inner = (photo: Raster): Float64Array =>
    red(photo)
      .map((value, i) => value - (i % 256) / 4)
      .filter((_, i) => i % 256 >= 8 && i % 256 < 248);
  // A sawtooth of height 2 has a first harmonic of 2 / π.
  expect(wave(inner(blocks), 240, 8)).toBeCloseTo(2 / Math.PI, 1);
  expect(wave(inner(withGrain(blocks, 1e-6)), 240, 8)).toBeLessThan(1e-4);
});

test("slopes, however steep, stay as they are but for the last pixels, and are calm", () => {
  const photo = drawn(64, 64, (x, y) => (100 + 2 * x - y / 8) / 255);
  const { data } = withGrain(photo, 1e-6);
  for (let y = 4; y < 60; y++)
    for (let x = 4; x < 60; x++) expect(data[y * 64 + x]).toBeCloseTo(photo.data[y * 64 + x]!, 5);
  const rough = withGrain(photo, 2).data;
  expect(rough.every((value, i) => value !== photo.data[i])).toBe(true);
});

test("edges and textures keep every number, as do cells beside them", () => {
  const random = seededRandom(1);
  const photo = drawn(96, 48, (x) => {
    if (x < 20) return 0.2;
    return x < 48 ? 0.8 : 0.5 + (6 / 255) * random.normal();
  });
  const { data } = withGrain(photo, 5);
  // The edge lies in the cell from 16 to 24; the cell before the next to it is calm.
  const changed = (x: number): boolean => data[x] !== photo.data[x];
  for (let x = 12; x < 28; x++) expect(changed(x)).toBe(false);
  for (let x = 52; x < 96; x++) expect(changed(x)).toBe(false);
  expect(changed(1)).toBe(true);
});

test("pictures of any size, from a pixel on; no deviation, no change", () => {
  for (const [width, height] of [
    [1, 1],
    [7, 5],
    [8, 8],
    [9, 17],
  ] as const) {
    const photo = { ...drawn(width, height, () => 0.25), alpha: new Float32Array(width * height) };
    const { data, ...rest } = withGrain(photo);
    expect(data).toHaveLength(3 * width * height);
    expect(data.every((value) => Math.abs(value - 0.25) < 0.06)).toBe(true);
    expect(rest).toEqual({ width, height, alpha: photo.alpha });
    expect(withGrain(photo, 0)).toBe(photo);
  }
});

test("a photo gets the same grain each time", () => {
  const photo = drawn(40, 30, () => 0.5);
  expect(withGrain(photo)).toEqual(withGrain(photo));
});
