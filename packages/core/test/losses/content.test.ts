import { dense } from "@deepstyle/engine";
import { expect, test } from "vitest";
import { contentLoss } from "../../src/losses/content.ts";
import { relativeError } from "../numbers.ts";
import { featureMap } from "../pictures.ts";
import { constantsAccuracy, differences, evaluateLoss } from "./featureLoss.ts";

const features = featureMap([1, 3, 2, 5], 1);
const photo = featureMap([1, 3, 2, 5], 2);

test("it is half the mean squared difference: 1, 2, 3, 4 against 0, 2, 5, 0 gives 21 / 8", () => {
  const shape = [1, 2, 1, 2];
  const [features, photo] = [Float64Array.of(1, 2, 3, 4), Float64Array.of(0, 2, 5, 0)];
  const { loss } = evaluateLoss(contentLoss, dense(shape, features), dense(shape, photo));
  expect(loss).toBe((1 + 0 + 4 + 16) / 8);
});

test("it is zero at the photo's own features, and flat", () => {
  const { loss, gradient } = evaluateLoss(contentLoss, photo, photo);
  expect(loss).toBe(0);
  expect(gradient.every((slope) => slope === 0)).toBe(true);
});

test("its gradient is (F − P) / n", () => {
  const { gradient } = evaluateLoss(contentLoss, features, photo);
  const expected = features.data.map((value, i) => (value - photo.data[i]!) / 30);
  expect(relativeError(gradient, expected)).toBeLessThan(constantsAccuracy);
});

test("its gradient is the slope of the loss", () => {
  const { gradient } = evaluateLoss(contentLoss, features, photo);
  expect(relativeError(gradient, differences(contentLoss, features, photo))).toBeLessThan(
    constantsAccuracy,
  );
});
