import { expect, test } from "vitest";
import { createGraph, input, sortedValues } from "../../src/graph/value.ts";
import { ops } from "../../src/ops/index.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { sumByAxis } from "../../src/passes/sums.ts";
import { dense } from "../../src/tensor/dense.ts";
import { seededRandom } from "../../src/tensor/rng.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { runOnnx } from "../onnxRuntime.ts";

test.each(["reduceSum", "reduceMean"] as const)("%s stays the same function", (name) => {
  const x = input("x", [2, 3, 4, 5]);
  const feed = dense(
    [2, 3, 4, 5],
    Float64Array.from({ length: 120 }, (_, i) => Math.sin(i)),
  );
  for (const axes of [[], [1], [0, 2], [1, 3], [0, 1, 2, 3]])
    for (const keepDims of [false, true]) {
      const graph = createGraph({ y: ops[name](x, { axes, keepDims }) });
      const expected = evaluate(graph, { x: feed }).y;
      const actual = evaluate(sumByAxis(graph), { x: feed }).y;
      expect(actual.shape).toEqual(expected.shape);
      actual.data.forEach((value, i) => expect(value).toBeCloseTo(expected.data[i]!, 12));
    }
});

test("other reductions and single axes are left as they are", () => {
  const x = input("x", [2, 3]);
  for (const y of [ops.reduceMax(x), ops.reduceMin(x), ops.reduceSum(x, { axes: [1] })])
    expect(sumByAxis(createGraph({ y })).outputs.y).toBe(y);
});

test("a mean of 512² numbers is exact to float32, which it is not in one node", async () => {
  const data = new Float32Array(512 * 512);
  seededRandom(1).fillNormal(data);
  const squares = data.map((value) => value * value);
  let sum = 0;
  for (const value of squares) sum += value;
  const exact = sum / squares.length;
  const graph = createGraph({ y: ops.reduceMean(input("x", [1, 512, 512])) });
  const errorOf = async (split: typeof graph): Promise<number> => {
    const { y } = await runOnnx(split, { x: tensor(squares, [1, 512, 512]) });
    return Math.abs(y!.data[0]! / exact - 1);
  };
  expect(sortedValues([sumByAxis(graph).outputs.y])).toHaveLength(4);
  expect(await errorOf(graph)).toBeGreaterThan(2e-6);
  expect(await errorOf(sumByAxis(graph))).toBeLessThan(3e-7);
});
