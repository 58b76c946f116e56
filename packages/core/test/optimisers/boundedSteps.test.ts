import { expect, test } from "vitest";
import { BoundedSteps } from "../../src/optimisers/index.ts";

const objective = (gradient: number[]) => () =>
  Promise.resolve({ loss: 0, gradient: Float32Array.from(gradient) });

test("a step by hand: g / (|g| + 0.3 mean |g|), inside the bounds", async () => {
  const steps = new BoundedSteps({ lr: 0.1, bounds: { lower: 0, upper: 1 } });
  const x = Float32Array.of(0.5, 0.5, 0.95, 0.5);
  // The mean of the sizes is 2, so 0.6 is added to each.
  await steps.step(x, objective([5.4, -0.6, -2, 0]));
  const expected = [0.5 - 0.1 * (5.4 / 6), 0.5 + 0.05, 1, 0.5];
  for (const [i, value] of expected.entries()) expect(x[i]).toBeCloseTo(value, 6);
});

test("the filter sees the direction, not the gradient", async () => {
  const seen: number[][] = [];
  const filter = (direction: Float32Array): void => {
    seen.push([...direction]);
    direction.fill(1);
  };
  const x = Float32Array.of(0.5, 0.5);
  await new BoundedSteps({ lr: 0.1, filter }).step(x, objective([10, -10]));
  expect(seen[0]!.map((value) => value.toFixed(6))).toEqual(["0.769231", "-0.769231"]);
  expect([...x]).toEqual([Math.fround(0.4), Math.fround(0.4)]);
});

test("where the gradient is 0 the variables stay", async () => {
  const x = Float32Array.of(0.2, 0.7);
  await new BoundedSteps({ lr: 0.1 }).step(x, objective([0, 0]));
  expect([...x]).toEqual([0.2, 0.7].map(Math.fround));
});
