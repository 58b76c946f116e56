import {
  constant,
  createGraph,
  dense,
  evaluate,
  input,
  symbol,
  type Dense,
} from "@deepstyle/engine";
import { expect, test } from "vitest";
import { gramMatrix } from "../../src/statistics/gramMatrix.ts";
import { relativeError } from "../numbers.ts";
import { featureMap } from "../pictures.ts";
import { shuffled } from "./shuffled.ts";

function gramOf(features: Dense): Dense {
  const graph = createGraph({ gram: gramMatrix(input("features", features.shape)) });
  return evaluate(graph, { features }).gram;
}

test("it is the mean product of each pair of channels: [1 2], [3 0] give [2.5 1.5], [1.5 4.5]", () => {
  const gram = gramOf(dense([1, 2, 2, 1], Float64Array.of(1, 2, 3, 0)));
  expect(gram.shape).toEqual([1, 2, 2]);
  expect([...gram.data]).toEqual([2.5, 1.5, 1.5, 4.5]);
});

test("it forgets where things are: positions can be shuffled", () => {
  const features = featureMap([1, 4, 3, 5], 1);
  expect(relativeError(gramOf(shuffled(features)).data, gramOf(features).data)).toBeLessThan(1e-12);
});

test("each image of a batch has its own", () => {
  const [a, b] = [featureMap([1, 3, 2, 4], 1), featureMap([1, 3, 2, 4], 2)];
  const both = gramOf(dense([2, 3, 2, 4], Float64Array.of(...a.data, ...b.data)));
  expect([...both.data]).toEqual([...gramOf(a).data, ...gramOf(b).data]);
});

test("features of another rank, or of unknown size, are refused in one line", () => {
  expect(() => gramMatrix(constant(1))).toThrow(
    "features must be [n, c, h, w] of known size; got [].",
  );
  expect(() => gramMatrix(input("x", [1, 3, symbol("h"), 4]))).toThrow("got [1, 3, h, 4].");
});
