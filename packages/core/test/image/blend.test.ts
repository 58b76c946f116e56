import { expect, test } from "vitest";
import { blend } from "../../src/image/blend.ts";
import { picture } from "../pictures.ts";

const size = { width: 5, height: 4 };
const [a, b] = [picture(size, 1), picture(size, 2)];

test("at the ends it is one picture, bit by bit, in new memory", () => {
  expect(blend(a, b, 0)).toEqual(a);
  expect(blend(a, b, 1)).toEqual(b);
  expect(blend(a, b, 0).data).not.toBe(a.data);
});

test("between it goes in a straight line", () => {
  for (const [i, value] of blend(a, b, 0.25).data.entries())
    expect(value).toBeCloseTo(0.75 * a.data[i]! + 0.25 * b.data[i]!, 6);
});

test("transparency is that of the first", () => {
  const alpha = new Float32Array(20).fill(0.5);
  expect(blend({ ...a, alpha }, b, 0.3).alpha).toEqual(alpha);
});

test("pictures of different sizes are refused", () => {
  expect(() => blend(a, picture({ width: 4, height: 5 }, 1), 0.5)).toThrow(
    "pictures of 5×4 and 4×5 px cannot be blended: expected equal sizes.",
  );
});
