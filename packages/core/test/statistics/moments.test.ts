import { createGraph, dense, evaluate, input, type Dense } from "@deepstyle/engine";
import { expect, test } from "vitest";
import { moments } from "../../src/statistics/moments.ts";
import { relativeError } from "../numbers.ts";
import { featureMap } from "../pictures.ts";
import { shuffled } from "./shuffled.ts";

function momentsOf(features: Dense): { mean: Dense; second: Dense } {
  const graph = createGraph({ ...moments(input("features", features.shape)) });
  return evaluate(graph, { features });
}

test("they are the mean of each channel and the mean product of each pair", () => {
  const { mean, second } = momentsOf(dense([1, 2, 2, 1], Float64Array.of(1, 2, 3, 0)));
  expect(mean.shape).toEqual([1, 2, 1]);
  expect([...mean.data]).toEqual([1.5, 1.5]);
  expect([...second.data]).toEqual([2.5, 1.5, 1.5, 4.5]);
});

test("positions can be shuffled", () => {
  const features = featureMap([1, 4, 3, 5], 1);
  const [before, after] = [momentsOf(features), momentsOf(shuffled(features))];
  expect(relativeError(after.mean.data, before.mean.data)).toBeLessThan(1e-12);
  expect(relativeError(after.second.data, before.second.data)).toBeLessThan(1e-12);
});
