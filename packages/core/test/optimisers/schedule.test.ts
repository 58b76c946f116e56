import { expect, test } from "vitest";
import {
  constant,
  cosine,
  exponentialDecay,
  stepDecay,
  warmUp,
} from "../../src/optimisers/index.ts";

test("constant is 1 everywhere", () => {
  expect([0, 5, 10].map((step) => constant()(step, 10))).toEqual([1, 1, 1]);
});

test("exponential decay is the geometric mean of its ends half way", () => {
  const decay = exponentialDecay({ final: 0.01 });
  expect(decay(0, 10)).toBe(1);
  expect(decay(5, 10)).toBeCloseTo(0.1, 12);
  expect(decay(10, 10)).toBeCloseTo(0.01, 12);
});

test("step decay drops after every so many steps", () => {
  const decay = stepDecay({ every: 3, ratio: 0.5 });
  expect([0, 1, 2, 3, 4, 5, 6].map((step) => decay(step, 7))).toEqual([
    1, 1, 1, 0.5, 0.5, 0.5, 0.25,
  ]);
});

test("cosine is half way between its ends in the middle and three quarters there at two thirds", () => {
  expect(cosine()(0, 12)).toBe(1);
  expect(cosine()(6, 12)).toBeCloseTo(0.5, 12);
  expect(cosine()(8, 12)).toBeCloseTo(0.25, 12);
  expect(cosine({ final: 0.2 })(12, 12)).toBeCloseTo(0.2, 12);
});

test("warm-up rises to 1 and then runs another schedule over the rest", () => {
  const schedule = warmUp({ steps: 4, then: cosine() });
  expect([0, 1, 2, 3].map((step) => schedule(step, 10))).toEqual([0.25, 0.5, 0.75, 1]);
  expect(schedule(4, 10)).toBe(1);
  expect(schedule(7, 10)).toBeCloseTo(0.5, 12);
  expect(warmUp({ steps: 4 })(9, 10)).toBe(1);
});

test.each([
  ["final: expected a number above 0, got 0.", () => exponentialDecay({ final: 0 })],
  ["every: expected at least 1 step, got 0.", () => stepDecay({ every: 0, ratio: 0.5 })],
  ["ratio: expected a number above 0, got -1.", () => stepDecay({ every: 1, ratio: -1 })],
  ["final: expected a number from 0 up, got -1.", () => cosine({ final: -1 })],
  ["steps: expected at least 1, got 0.", () => warmUp({ steps: 0 })],
])("%s", (message, make) => {
  expect(make).toThrow(message);
});
