import { expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import { createGraph, input } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { LpPool, lpPool } from "../../src/ops/lpPool.ts";
import { reduceSum } from "../../src/ops/reduceSum.ts";
import { dense } from "../../src/tensor/dense.ts";
import { checkOp } from "./checkOp.ts";
import { pooling } from "./pooling.ts";

checkOp({
  op: LpPool,
  cases: pooling.map(({ shape, options: { ceil: _, ...options } }) => ({
    inputs: [{ shape }],
    build: (x) => lpPool(x, options),
  })),
  runs: 60,
});

const x = input("x", [1, 1, 1, 4]);
const y = lpPool(x, { kernel: [1, 2] });
const feeds = { x: dense([1, 1, 1, 4], Float64Array.of(3, -4, 0, 0)) };

test("a window's length is the root of its sum of squares", () => {
  expect([...evaluate(createGraph({ y }), feeds).y.data]).toEqual([5, 0]);
});

test("the gradient of a window of zeros is 0", () => {
  const [g] = gradient(reduceSum(y), [x]);
  const slopes = [...evaluate(createGraph({ g: g! }), feeds).g.data];
  expect(slopes[0]).toBeCloseTo(0.6, 12);
  expect(slopes[1]).toBeCloseTo(-0.8, 12);
  expect(slopes.slice(2)).toEqual([0, 0]);
});
