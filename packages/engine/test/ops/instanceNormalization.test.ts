import fc from "fast-check";
import { expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import {
  InstanceNormalization,
  instanceNormalization,
} from "../../src/ops/instanceNormalization.ts";
import { dense } from "../../src/tensor/dense.ts";
import { checkOp } from "./checkOp.ts";
import { size } from "./shapes.ts";

checkOp({
  op: InstanceNormalization,
  cases: fc
    .tuple(size(3), size(3), size(4), size(4), fc.constantFrom(1e-5, 1e-3, 0.1))
    .map(([n, c, h, w, epsilon]) => ({
      // One pixel more than one, or nothing but the rounding of the mean is normalised.
      inputs: [{ shape: [n, c, h + 1, w] }, { shape: [c] }, { shape: [c] }],
      build: (x, scale, bias) => instanceNormalization(x, scale, bias, { epsilon }),
    })),
});

test("each channel of each image gets mean 0 and biased variance 1, then scale and bias", () => {
  const x = input("x", [2, 1, 1, 2]);
  const y = instanceNormalization(x, input("scale", [1]), input("bias", [1]), { epsilon: 0 });
  const result = evaluate(createGraph({ y }), {
    x: dense([2, 1, 1, 2], Float64Array.of(1, 3, 10, 50)),
    scale: dense([1], Float64Array.of(4)),
    bias: dense([1], Float64Array.of(0.5)),
  });
  expect([...result.y.data]).toEqual([-3.5, 4.5, -3.5, 4.5]);
});

test("parameters of another length than the channels are refused", () => {
  const x = input("x", [1, 16, 8, 8]);
  expect(() => instanceNormalization(x, input("scale", [16]), input("bias", [8]))).toThrow(
    "parameters must be [16], one number for each channel; got [8].",
  );
});
