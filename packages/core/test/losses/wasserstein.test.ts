import { dense, type Dense } from "@deepstyle/engine";
import { expect, test } from "vitest";
import { wassersteinLoss } from "../../src/losses/wasserstein.ts";
import { reference } from "../methods/gatysReference.ts";
import { relativeError } from "../numbers.ts";
import { featureMap } from "../pictures.ts";
import { evaluateLoss } from "./featureLoss.ts";

// Added to every variance.
const regulariser = 1e-4;

// Four channels over eight positions, mean 0, product of each pair 0, mean square 1.
const orthogonal = [
  [1, 1, 1, 1, -1, -1, -1, -1],
  [1, 1, -1, -1, 1, 1, -1, -1],
  [1, -1, 1, -1, 1, -1, 1, -1],
  [1, -1, -1, 1, 1, -1, -1, 1],
];

/** Features of uncorrelated channels with these means and standard deviations. */
function features({
  means = [0, 0, 0, 0],
  deviations = [1, 1, 1, 1],
}: {
  means?: readonly number[];
  deviations?: readonly number[];
}): Dense {
  const data = orthogonal.flatMap((row, c) =>
    row.map((value) => means[c]! + deviations[c]! * value),
  );
  return dense([1, 4, 2, 4], Float64Array.from(data));
}

/** For uncorrelated channels the distance is Σ (μ − ν)² + (σ − τ)². */
function distance(deviations: readonly number[], others: readonly number[]): number {
  const regularised = (value: number): number => Math.sqrt(value ** 2 + regulariser);
  const squares = deviations.map((value, i) => (regularised(value) - regularised(others[i]!)) ** 2);
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

test("N(0, I) and N(0, 4I) are 1 apart in each channel", () => {
  const { loss } = evaluateLoss(
    wassersteinLoss,
    features({}),
    features({ deviations: [2, 2, 2, 2] }),
  );
  expect(loss).toBeCloseTo(distance([1, 1, 1, 1], [2, 2, 2, 2]), 7);
  expect(loss).toBeCloseTo(1, 3);
});

test("of Gaussians that differ by their mean alone it is the squared shift", () => {
  const { loss } = evaluateLoss(wassersteinLoss, features({ means: [1, 0, -2, 5] }), features({}));
  expect(loss).toBeCloseTo((1 + 0 + 4 + 25) / 4, 6);
});

test("it is zero at the painting's own features, and flat", () => {
  const painting = featureMap([1, 6, 8, 5], 2);
  const { loss, gradient } = evaluateLoss(wassersteinLoss, painting, painting);
  expect(loss).toBeCloseTo(0, 9);
  expect(Math.hypot(...gradient)).toBeLessThan(1e-9);
});

// Twelve Newton–Schulz iterations find eigenvalues from 1e-4 of the largest on, and the square root
// is taken of a product of two covariances. What lies below makes the distance too large.
test.each([
  { ...reference.wasserstein[0]!, accuracy: 1e-6 },
  { ...reference.wasserstein[1]!, accuracy: 1e-2 },
])(
  "with condition numbers $conditions it is within $accuracy of the eigen-decomposition's, its gradient too",
  ({ shape, styleShape, accuracy, loss, gradient }) => {
    const result = evaluateLoss(wassersteinLoss, featureMap(shape, 1), featureMap(styleShape, 2));
    expect(relativeError([result.loss], [loss])).toBeLessThan(accuracy);
    expect(relativeError(result.gradient, gradient)).toBeLessThan(accuracy);
  },
);
