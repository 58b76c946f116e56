import { dense, type Dense } from "@deepstyle/engine";
import { describe, expect, test } from "vitest";
import { gramLoss, relativeGramLoss } from "../../src/losses/gram.ts";
import { relativeError } from "../numbers.ts";
import { featureMap } from "../pictures.ts";
import { constantsAccuracy, differences, evaluateLoss } from "./featureLoss.ts";

describe("with as many positions in the picture as in the painting", () => {
  test("it is the paper's 1/(4 N² M²) Σ (G − A)² of raw Gram matrices", () => {
    const features = dense([1, 2, 1, 2], Float64Array.of(1, 2, 3, 0)); // G = [5 3; 3 9]
    const painting = dense([1, 2, 1, 2], Float64Array.of(0, 1, 1, 1)); // A = [1 1; 1 2]
    const { loss } = evaluateLoss(gramLoss, features, painting);
    expect(loss).toBe((4 ** 2 + 2 ** 2 + 2 ** 2 + 7 ** 2) / (4 * 2 ** 2 * 2 ** 2));
  });

  test("its gradient is the paper's 1/(N² M²) (G − A) F", () => {
    const [n, m] = [3, 10];
    const features = featureMap([1, n, 2, 5], 1);
    const painting = featureMap([1, n, 2, 5], 2);
    const rows = ({ data }: Dense): number[][] =>
      Array.from({ length: n }, (_, i) => [...data.slice(i * m, (i + 1) * m)]);
    const [f, s] = [rows(features), rows(painting)];
    const product = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, value, p) => sum + value * b[p]!, 0);
    const expected = f.flatMap((fi, i) =>
      fi.map((_, p) =>
        f.reduce(
          (sum, fj, j) => sum + ((product(fi, fj) - product(s[i]!, s[j]!)) * fj[p]!) / (n * m) ** 2,
          0,
        ),
      ),
    );
    const { gradient } = evaluateLoss(gramLoss, features, painting);
    expect(relativeError(gradient, expected)).toBeLessThan(constantsAccuracy);
  });
});

describe("with another number of positions", () => {
  const features = featureMap([1, 5, 2, 4], 1);
  const painting = featureMap([1, 5, 3, 5], 2);

  test("its gradient is the slope of the loss", () => {
    const { gradient } = evaluateLoss(gramLoss, features, painting);
    expect(relativeError(gradient, differences(gramLoss, features, painting))).toBeLessThan(
      constantsAccuracy,
    );
  });

  test("a painting that is shown twice over counts as much as once", () => {
    const planes = Array.from({ length: 5 }, (_, c) => painting.data.slice(15 * c, 15 * (c + 1)));
    const twice = planes.flatMap((plane) => [...plane, ...plane]);
    const doubled = dense([1, 5, 6, 5], Float64Array.from(twice));
    const once = evaluateLoss(gramLoss, features, painting).loss;
    expect(evaluateLoss(gramLoss, features, doubled).loss).toBeCloseTo(once, 6);
    expect(evaluateLoss(gramLoss, painting, doubled).loss).toBeCloseTo(0, 12);
  });
});

test("it is zero at the painting's own features, and flat", () => {
  const painting = featureMap([1, 5, 3, 5], 2);
  const { loss, gradient } = evaluateLoss(gramLoss, painting, painting);
  expect(loss).toBe(0);
  expect(gradient.every((slope) => slope === 0)).toBe(true);
});

describe("relative to the painting", () => {
  const features = dense([1, 2, 1, 2], Float64Array.of(1, 2, 3, 0)); // G = [5 3; 3 9] / 2
  const painting = dense([1, 2, 1, 2], Float64Array.of(0, 1, 1, 1)); // A = [1 1; 1 2] / 2

  test("it is ‖G − A‖² / ‖A‖²", () => {
    const { loss } = evaluateLoss(relativeGramLoss, features, painting);
    expect(loss).toBeCloseTo((4 ** 2 + 2 ** 2 + 2 ** 2 + 7 ** 2) / (1 + 1 + 1 + 2 ** 2), 12);
  });

  test("it is 1 for a picture without features, 0 for the painting itself", () => {
    const nothing = dense([1, 2, 1, 2]);
    expect(evaluateLoss(relativeGramLoss, nothing, painting).loss).toBe(1);
    expect(evaluateLoss(relativeGramLoss, painting, painting).loss).toBe(0);
  });

  test("its gradient is the slope of the loss", () => {
    const [x, style] = [featureMap([1, 5, 2, 4], 1), featureMap([1, 5, 3, 5], 2)];
    const { gradient } = evaluateLoss(relativeGramLoss, x, style);
    const slopes = differences(relativeGramLoss, x, style);
    expect(relativeError(gradient, slopes)).toBeLessThan(constantsAccuracy);
  });
});
