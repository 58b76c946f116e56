import { expect, test } from "vitest";
import { rollPlanes } from "../../src/image/roll.ts";

const size = { width: 3, height: 2 };
const planes = Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60);

test("what leaves on the right and below comes in on the left and above, in each plane", () => {
  expect([...rollPlanes(planes, size, { x: 1, y: 0 })]).toEqual([
    ...[3, 1, 2, 6, 4, 5],
    ...[30, 10, 20, 60, 40, 50],
  ]);
  expect([...rollPlanes(planes, size, { x: 0, y: 1 })]).toEqual([
    ...[4, 5, 6, 1, 2, 3],
    ...[40, 50, 60, 10, 20, 30],
  ]);
});

test("negative shifts lead back, and a whole width is no shift", () => {
  const there = rollPlanes(planes, size, { x: 2, y: -3 });
  expect(there).not.toEqual(planes);
  expect(rollPlanes(there, size, { x: -2, y: 3 })).toEqual(planes);
  expect(rollPlanes(planes, size, { x: -6, y: 4 })).toEqual(planes);
});
