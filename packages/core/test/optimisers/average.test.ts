import { expect, test } from "vitest";
import { IterateAverage } from "../../src/optimisers/index.ts";

test("after one update the average is the input itself", () => {
  const average = new IterateAverage();
  expect(average.value).toBeUndefined();
  average.update(Float32Array.of(0.3, -7));
  expect(average.value).toEqual(Float32Array.of(0.3, -7));
});

test("it is the bias-corrected exponential average of the iterates", () => {
  const decay = 0.9;
  const iterates = [3, -1, 4, 1, -5, 9, 2];
  const average = new IterateAverage({ decay });
  let a = 0;
  iterates.forEach((x, k) => {
    a = decay * a + (1 - decay) * x;
    average.update(Float32Array.of(x));
    expect(average.value![0]).toBeCloseTo(a / (1 - decay ** (k + 1)), 5);
  });
});

test("a constant sequence averages to the constant", () => {
  const average = new IterateAverage();
  for (let k = 0; k < 300; k++) average.update(Float32Array.of(0.7));
  expect(average.value![0]).toBe(Math.fround(0.7));
});

test("after a reset earlier iterates are forgotten and the length may change", () => {
  const average = new IterateAverage();
  average.update(Float32Array.of(1));
  expect(() => average.update(Float32Array.of(1, 2))).toThrow(
    "average: expected 1 numbers, got 2.",
  );
  average.reset();
  average.update(Float32Array.of(5, 6));
  expect(average.value).toEqual(Float32Array.of(5, 6));
});

test("a decay outside [0, 1) is refused", () => {
  expect(() => new IterateAverage({ decay: 1 })).toThrow(
    "decay: expected a number from 0 to below 1",
  );
});
