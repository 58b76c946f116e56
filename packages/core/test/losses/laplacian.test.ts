import {
  constant,
  createGraph,
  denseOf,
  evaluate,
  gradient,
  input,
  tensor,
  type Tensor,
} from "@deepstyle/engine";
import { describe, expect, test } from "vitest";
import { laplacianLoss } from "../../src/losses/laplacian.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";
import { constantsAccuracy } from "./featureLoss.ts";

function lossOf(image: Tensor, model: Tensor, pool = 1): number {
  const loss = laplacianLoss(constant(image), constant(model), { pool });
  return evaluate(createGraph({ loss }), {}).loss.data[0]!;
}

/** Three channels of values by place. */
function drawn(side: number, value: (x: number, y: number, c: number) => number): Tensor {
  const data = Float32Array.from({ length: 3 * side * side }, (_, i) =>
    value(i % side, Math.floor(i / side) % side, Math.floor(i / (side * side))),
  );
  return tensor(data, [1, 3, side, side]);
}

const blank = drawn(5, () => 0);

test("a dot by hand: −4 on it and 1 on each neighbour, a third of that where one colour has it", () => {
  const isMiddle = (x: number, y: number): boolean => x === 2 && y === 2;
  const white = drawn(5, (x, y) => (isMiddle(x, y) ? 0.5 : 0));
  expect(lossOf(white, blank)).toBeCloseTo((0.25 * (16 + 4)) / 25, 6);
  const red = drawn(5, (x, y, c) => (isMiddle(x, y) && c === 0 ? 0.5 : 0));
  expect(lossOf(red, blank)).toBeCloseTo((0.25 * (16 + 4)) / 25 / 9, 6);
});

test("a shade costs nothing, and neither does a colour of the same brightness", () => {
  const model = drawn(5, (x, y) => (x * y) / 16);
  const lighter = drawn(5, (x, y) => (x * y) / 16 + 0.25);
  const tinged = drawn(5, (x, y, c) => (x * y) / 16 + [0.25, -0.25, 0][c]!);
  for (const image of [model, lighter, tinged]) expect(lossOf(image, model)).toBeLessThan(1e-12);
});

test("a ramp costs nothing inside, and at the repeated edge its slope", () => {
  const ramp = drawn(6, (x) => 0.1 * x);
  // Two columns of six, each with a Laplacian of ±0.1.
  expect(
    lossOf(
      ramp,
      drawn(6, () => 0),
    ),
  ).toBeCloseTo((12 * 0.01) / 36, 6);
});

test("blocks are averaged first: what is finer than they are is free", () => {
  const checks = drawn(8, (x, y) => (x + y) % 2);
  expect(
    lossOf(
      checks,
      drawn(8, () => 0),
      2,
    ),
  ).toBeLessThan(1e-12);
  // A block of four pixels is a dot of the averaged picture.
  const block = drawn(6, (x, y) => (x >> 1 === 1 && y >> 1 === 1 ? 0.5 : 0));
  expect(
    lossOf(
      block,
      drawn(6, () => 0),
      2,
    ),
  ).toBeCloseTo((0.25 * (16 + 4)) / 9, 6);
});

describe.each([1, 2])("with blocks of %i px", (pool) => {
  test("its gradient is the slope of the loss", () => {
    const shape = [1, 3, 4, 6] as const;
    const image = input("image", shape);
    const model = constant(tensor(picture({ width: 6, height: 4 }, 2).data, shape));
    const loss = laplacianLoss(image, model, { pool });
    const [slope] = gradient(loss, [image]);
    const graph = createGraph({ loss, slope: slope! });
    const pixels = denseOf(tensor(picture({ width: 6, height: 4 }, 1).data, shape));
    const step = 1e-4;
    const expected = pixels.data.map((value, i) => {
      const at = (moved: number): number =>
        evaluate(graph, { image: { ...pixels, data: pixels.data.with(i, moved) } }).loss.data[0]!;
      return (at(value + step) - at(value - step)) / (2 * step);
    });
    expect(relativeError(evaluate(graph, { image: pixels }).slope.data, expected)).toBeLessThan(
      constantsAccuracy,
    );
  });
});
