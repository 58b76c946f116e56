import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { batchNormalizationTraining } from "../../src/compositions/batchNormalizationTraining.ts";
import { gradient } from "../../src/grad/gradient.ts";
import { createGraph, input } from "../../src/graph/value.ts";
import { BatchNormalization } from "../../src/ops/batchNormalization.ts";
import { ops } from "../../src/ops/index.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { dense } from "../../src/tensor/dense.ts";
import { checkOp } from "../ops/checkOp.ts";
import { size } from "../ops/shapes.ts";

checkOp({
  op: { ...BatchNormalization, name: "BatchNormalization of a batch by its own statistics" },
  cases: fc.tuple(size(3), size(3), size(4), size(4)).map(([n, c, h, w]) => ({
    inputs: [{ shape: [n, c, h + 1, w] }, { shape: [c] }, { shape: [c] }],
    build: (x, scale, bias) => batchNormalizationTraining(x, scale, bias, { epsilon: 0.01 }).y,
  })),
});

describe("a batch of two images with two channels of two pixels", () => {
  const x = input("x", [2, 2, 1, 2]);
  const scale = input("scale", [2]);
  const bias = input("bias", [2]);
  const weights = input("weights", [2, 2, 1, 2]);
  const { y, mean, variance } = batchNormalizationTraining(x, scale, bias, { epsilon: 1e-3 });
  const feeds = {
    x: dense([2, 2, 1, 2], Float64Array.of(1, 2, 4, 9, 0, 3, -1, 2)),
    scale: dense([2], Float64Array.of(2, 3)),
    bias: dense([2], Float64Array.of(0.5, -1)),
    weights: dense([2, 2, 1, 2], Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
  };
  const close = (actual: Float64Array, expected: readonly number[]): void => {
    expect(actual.length).toBe(expected.length);
    expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 8));
  };

  test("has mean and biased variance over both images", () => {
    const statistics = evaluate(createGraph({ mean, variance }), feeds);
    close(statistics.mean.data, [1.5, 3.5]);
    close(statistics.variance.data, [1.25, 13.25]);
  });

  test("is normalised as by PyTorch's batch_norm in training", () => {
    // torch.nn.functional.batch_norm(x, None, None, scale, bias, True, 0.1, 1e-3), PyTorch 1.13, float64
    close(
      evaluate(createGraph({ y }), feeds).y.data,
      [
        -0.394069635, 1.394069635, -0.587933858, 3.532727567, -2.182208904, 3.182208904,
        -4.708595282, -2.236198427,
      ],
    );
  });

  test("has PyTorch's gradients", () => {
    const loss = ops.reduceSum(ops.mul(y, weights));
    const [byX, byScale, byBias] = gradient(loss, [x, scale, bias]);
    const result = evaluate(createGraph({ byX: byX!, byScale: byScale!, byBias: byBias! }), feeds);
    close(
      result.byX.data,
      [
        -4.113006193, -3.039550884, -1.90484579, 0.474135724, 3.754234845, 3.398322232,
        -0.163165878, 1.593875944,
      ],
    );
    close(result.byScale.data, [1.788139269, -5.494215233]);
    close(result.byBias.data, [14, 22]);
  });
});
