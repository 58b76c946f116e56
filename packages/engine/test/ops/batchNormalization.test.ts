import fc from "fast-check";
import { expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { BatchNormalization, batchNormalization } from "../../src/ops/batchNormalization.ts";
import { dense } from "../../src/tensor/dense.ts";
import { checkOp } from "./checkOp.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: BatchNormalization,
  cases: fc.tuple(shape(4), fc.constantFrom(1e-5, 1e-3, 0.1)).map(([s, epsilon]) => {
    const channels = { shape: [s[1]!] };
    return {
      inputs: [{ shape: s }, channels, channels, channels, { ...channels, range: [0.1, 2] }],
      build: (x, scale, bias, mean, variance) =>
        batchNormalization(x, scale, bias, mean, variance, { epsilon }),
    };
  }),
});

test("known statistics normalise each channel", () => {
  const perChannel = (name: string) => input(name, [2]);
  const x = input("x", [1, 2, 1, 2]);
  const y = batchNormalization(
    x,
    perChannel("scale"),
    perChannel("bias"),
    perChannel("mean"),
    perChannel("variance"),
    { epsilon: 1 },
  );
  const result = evaluate(createGraph({ y }), {
    x: dense([1, 2, 1, 2], Float64Array.of(1, 5, 7, 8)),
    scale: dense([2], Float64Array.of(2, 10)),
    bias: dense([2], Float64Array.of(0, 1)),
    mean: dense([2], Float64Array.of(3, 7)),
    variance: dense([2], Float64Array.of(3, 24)),
  });
  expect([...result.y.data]).toEqual([-2, 2, 1, 3]);
});

test("parameters of another length than the channels are refused", () => {
  const [x, right, wrong] = [input("x", [1, 4, 2, 2]), input("p", [4]), input("q", [3])];
  expect(() => batchNormalization(x, right, right, right, wrong)).toThrow(
    "one number for each channel",
  );
});
