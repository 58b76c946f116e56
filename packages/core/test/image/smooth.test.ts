import { expect, test } from "vitest";
import { smoothPlanes } from "../../src/image/smooth.ts";

test("a point becomes the outer product of 1 2 1 with itself, in its own plane", () => {
  const size = { width: 4, height: 3 };
  const planes = new Float32Array(2 * 12);
  planes[12 + 1 * 4 + 1] = 16;
  smoothPlanes(planes, size);
  expect([...planes.subarray(0, 12)]).toEqual(Array(12).fill(0));
  expect([...planes.subarray(12)]).toEqual([1, 2, 1, 0, 2, 4, 2, 0, 1, 2, 1, 0]);
});

test("borders are repeated: what is flat stays flat, a point in a corner keeps nine parts of 16", () => {
  const size = { width: 3, height: 2 };
  const flat = new Float32Array(6).fill(0.3);
  smoothPlanes(flat, size);
  for (const value of flat) expect(value).toBeCloseTo(0.3, 6);
  const corner = Float32Array.of(16, 0, 0, 0, 0, 0);
  smoothPlanes(corner, size);
  expect([...corner]).toEqual([9, 3, 0, 3, 1, 0]);
});

test("a grid of two pixels is gone inside", () => {
  const size = { width: 8, height: 8 };
  const grid = Float32Array.from({ length: 64 }, (_, i) => (i % 2 === 0 ? 1 : -1));
  smoothPlanes(grid, size);
  for (let y = 1; y < 7; y++) for (let x = 1; x < 7; x++) expect(grid[8 * y + x]).toBeCloseTo(0, 7);
});

test("one row and one column", () => {
  const row = Float32Array.of(4, 0, 0);
  smoothPlanes(row, { width: 3, height: 1 });
  expect([...row]).toEqual([3, 1, 0]);
  const column = Float32Array.of(4, 0, 0);
  smoothPlanes(column, { width: 1, height: 3 });
  expect([...column]).toEqual([3, 1, 0]);
});
