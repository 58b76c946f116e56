import fc from "fast-check";
import { expect, test } from "vitest";
import { createGraph, input } from "../../src/graph/value.ts";
import { Gram, gram } from "../../src/ops/gram.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { dense } from "../../src/tensor/dense.ts";
import { checkOp } from "./checkOp.ts";
import { size } from "./shapes.ts";

checkOp({
  op: Gram,
  cases: fc.tuple(size(3), size(6), size(9)).map((shape) => ({
    inputs: [{ shape }],
    build: (x) => gram(x),
  })),
});

test("the Gram matrix of (1 2) and (3 4) is (5 11; 11 25)", () => {
  const graph = createGraph({ y: gram(input("x", [1, 2, 2])) });
  const { y } = evaluate(graph, { x: dense([1, 2, 2], Float64Array.of(1, 2, 3, 4)) });
  expect([...y.data]).toEqual([5, 11, 11, 25]);
});
