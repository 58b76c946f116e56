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
import { expect, test } from "vitest";
import { totalVariation } from "../../src/losses/totalVariation.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";
import { constantsAccuracy } from "./featureLoss.ts";

function variationOf(image: Tensor): number {
  const graph = createGraph({ loss: totalVariation(constant(image)) });
  return evaluate(graph, {}).loss.data[0]!;
}

/** A plane `a x + b y`, 3 channels. */
function ramp(a: number, b: number, side: number): Tensor {
  const data = Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side) % side];
    return a * x + b * y;
  });
  return tensor(data, [1, 3, side, side]);
}

test("a flat image has none", () => {
  expect(variationOf(ramp(0, 0, 5))).toBe(0);
});

test("four pixels by hand, the edge repeated", () => {
  // 0 1   right 1 0 2 0, below 2 3 0 0, diagonals 4 3 2 0 and 2 1 0 −2
  // 2 4
  const image = tensor([0, 1, 2, 4], [1, 1, 2, 2]);
  const [right, below, falling, rising] = [5 / 4, 13 / 4, 29 / 4, 9 / 4];
  expect(variationOf(image)).toBeCloseTo(
    2 * (right / 3 + below / 3 + falling / 12 + rising / 12),
    6,
  );
});

test("a ramp of slope a has a² inside, whichever way it runs", () => {
  // The sum over a square is what its inside counts, plus edges, which grow with the side, plus
  // corners: half the second difference by the side is what one pixel of the inside counts.
  const slope = 0.5;
  for (const angle of [0, 0.3, 1.1, 2, 4]) {
    const [a, b] = [slope * Math.cos(angle), slope * Math.sin(angle)];
    const sum = (side: number): number => side ** 2 * variationOf(ramp(a, b, side));
    expect((sum(9) - 2 * sum(8) + sum(7)) / 2).toBeCloseTo(slope ** 2, 5);
  }
});

test("its gradient is the slope of the loss", () => {
  const image = input("image", [1, 3, 4, 5]);
  const loss = totalVariation(image);
  const [slope] = gradient(loss, [image]);
  const graph = createGraph({ loss, slope: slope! });
  const pixels = denseOf(tensor(picture({ width: 5, height: 4 }, 1).data, [1, 3, 4, 5]));
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
