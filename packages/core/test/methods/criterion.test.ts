import { constant, createGraph, evaluate } from "@deepstyle/engine";
import { expect, test } from "vitest";
import { contentLoss } from "../../src/losses/content.ts";
import { gramLoss } from "../../src/losses/gram.ts";
import { totalVariation } from "../../src/losses/totalVariation.ts";
import {
  layersOf,
  printCriterion,
  weightedSum,
  type Criterion,
} from "../../src/methods/criterion.ts";

const criterion: Criterion = {
  features: [
    { name: "content", weight: 1, layers: { relu4_2: 1 }, loss: contentLoss },
    { name: "style", weight: 20, layers: { relu1_1: 0.5, relu4_2: 0.5 }, loss: gramLoss },
  ],
  image: [{ name: "tv", weight: 0.1, build: totalVariation }],
};

test("a criterion can be read", () => {
  expect(printCriterion(criterion)).toBe(
    `
sum
  1 × content (content)
    1 × relu4_2
  20 × style (gram)
    0.5 × relu1_1
    0.5 × relu4_2
  0.1 × tv`.trimStart(),
  );
});

test("a layer that two terms look at is computed once", () => {
  expect(layersOf(criterion)).toEqual(["relu4_2", "relu1_1"]);
});

test("a weighted sum is 2 · 3 + 5 · 7 = 41", () => {
  const terms = [
    { weight: constant(2), loss: constant(3) },
    { weight: constant(5), loss: constant(7) },
  ];
  expect(evaluate(createGraph({ sum: weightedSum(terms) }), {}).sum.data[0]).toBe(41);
});
