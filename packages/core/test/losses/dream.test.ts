import { dense } from "@deepstyle/engine";
import { describe, expect, test } from "vitest";
import { OptionError } from "../../src/errors.ts";
import { dreamLoss } from "../../src/losses/dream.ts";
import { relativeError } from "../numbers.ts";
import { featureMap } from "../pictures.ts";
import { constantsAccuracy, differences, evaluateLoss } from "./featureLoss.ts";

const features = featureMap([1, 3, 2, 5], 1);
const photo = featureMap([1, 3, 2, 5], 2);

test("it is −½ mean F² by that of the photo: 1, 2, 3, 4 against 0, 1, 1, 2 gives −½ · 30 / 6", () => {
  const shape = [1, 2, 1, 2];
  const of = dense(shape, Float64Array.of(1, 2, 3, 4));
  const model = dense(shape, Float64Array.of(0, 1, 1, 2));
  expect(evaluateLoss(dreamLoss(), of, model).loss).toBe(-0.5 * (30 / 6));
  // Channel 1 has the mean square (9 + 16) / 2, the photo 6 / 4 over all channels.
  expect(evaluateLoss(dreamLoss(1), of, model).loss).toBeCloseTo(-0.5 * (12.5 / 1.5), 12);
});

test("it is −½ at the photo itself", () => {
  expect(evaluateLoss(dreamLoss(), photo, photo).loss).toBeCloseTo(-0.5, 12);
});

describe.each([undefined, 0, 2])("its gradient, channel %s,", (channel) => {
  const { gradient } = evaluateLoss(dreamLoss(channel), features, photo);

  test("is −F, up to a factor, where the dream is and 0 elsewhere", () => {
    const energy = photo.data.reduce((sum, value) => sum + value ** 2, 0) / 30;
    const expected = features.data.map((value, i) => {
      const isMeant = channel === undefined || Math.floor(i / 10) === channel;
      return isMeant ? -value / energy / (channel === undefined ? 30 : 10) : 0;
    });
    expect(relativeError(gradient, expected)).toBeLessThan(constantsAccuracy);
  });

  test("is the slope of the loss", () => {
    const slopes = differences(dreamLoss(channel), features, photo);
    expect(relativeError(gradient, slopes)).toBeLessThan(constantsAccuracy);
  });
});

test("a channel that is not there is refused in one line", () => {
  expect(() => evaluateLoss(dreamLoss(3), features, photo)).toThrow(
    new OptionError("there is no channel 3 in a layer of 3: expected a whole number from 0 to 2."),
  );
});
