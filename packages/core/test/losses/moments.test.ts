import { dense } from "@deepstyle/engine";
import { expect, test } from "vitest";
import { relativeMomentsLoss } from "../../src/losses/moments.ts";
import { relativeError } from "../numbers.ts";
import { featureMap } from "../pictures.ts";
import { constantsAccuracy, differences, evaluateLoss } from "./featureLoss.ts";

// Mean (2, 1), covariance [1 1; 1 1].
const features = dense([1, 2, 1, 2], Float64Array.of(1, 3, 0, 2));
// Mean (1, 2), covariance [1 −1; −1 1].
const painting = dense([1, 2, 1, 2], Float64Array.of(0, 2, 3, 1));

test("it is half the sum of the relative distances of covariance and mean", () => {
  const { loss } = evaluateLoss(relativeMomentsLoss, features, painting);
  expect(loss).toBeCloseTo(0.5 * ((2 * 2 ** 2) / 4 + (1 + 1) / 5), 12);
});

test("it is 1 for a picture without features, 0 for the painting itself", () => {
  const nothing = dense([1, 2, 1, 2]);
  expect(evaluateLoss(relativeMomentsLoss, nothing, painting).loss).toBeCloseTo(1, 12);
  expect(evaluateLoss(relativeMomentsLoss, painting, painting).loss).toBe(0);
});

test("a painting of one shade has a spread of a hundredth of its squared mean", () => {
  const flat = dense([1, 2, 1, 2], Float64Array.of(1, 1, 2, 2));
  const { loss } = evaluateLoss(relativeMomentsLoss, features, flat);
  expect(loss).toBeCloseTo(0.5 * (4 / (0.01 * 5) ** 2 + (1 + 1) / 5), 3);
});

test("a painting with features ten times as large is as far from its photo", () => {
  const tenfold = ({ shape, data }: typeof features) =>
    dense(
      shape,
      data.map((value) => 10 * value),
    );
  const { loss } = evaluateLoss(relativeMomentsLoss, features, painting);
  const scaled = evaluateLoss(relativeMomentsLoss, tenfold(features), tenfold(painting)).loss;
  expect(scaled).toBeCloseTo(loss, 12);
});

test("its gradient is the slope of the loss", () => {
  const [x, style] = [featureMap([1, 5, 2, 4], 1), featureMap([1, 5, 3, 5], 2)];
  const { gradient } = evaluateLoss(relativeMomentsLoss, x, style);
  const slopes = differences(relativeMomentsLoss, x, style);
  expect(relativeError(gradient, slopes)).toBeLessThan(constantsAccuracy);
});
