import { describe, expect, test } from "vitest";
import { Adagrad, Adam, Sgd, optimisers } from "../../src/optimisers/index.ts";
import type { FirstOrderOptimiser, Objective } from "../../src/optimisers/index.ts";
import { largestGap, problems, recorded, reference } from "./problems.ts";

/** f(x) = x², one variable, from x = 1: short enough to compute two steps by hand. */
const square: Objective = ([x]) =>
  Promise.resolve({ loss: x! * x!, gradient: Float32Array.of(2 * x!) });

async function twoSteps(optimiser: FirstOrderOptimiser<string>): Promise<number[]> {
  const x = Float32Array.of(1);
  const path: number[] = [];
  for (let k = 0; k < 2; k++) {
    await optimiser.step(x, square);
    path.push(x[0]!);
  }
  return path;
}

describe("two steps on x² from 1 are those computed by hand", () => {
  test.each([
    // m = 0.2, v = 0.04: 1 − 0.1 · 2/2. Then m = 0.36, v = 0.072, m̂ = 0.36/0.19, v̂ = 0.072/0.0199.
    ["Adam", new Adam({ lr: 0.1 }), [0.9, 0.9 - (0.1 * (0.36 / 0.19)) / Math.sqrt(0.072 / 0.0199)]],
    // v = 2, then v = 0.9 · 2 + 1.6 = 3.4.
    ["SGD with momentum", new Sgd({ lr: 0.1 }), [0.8, 0.46]],
    // 1 − 0.1 (2 + 0.9 · 2), then g = 1.24, v = 3.04: 0.62 − 0.1 (1.24 + 0.9 · 3.04).
    ["Nesterov", new Sgd({ lr: 0.1, nesterov: true }), [0.62, 0.2224]],
    ["SGD without momentum", new Sgd({ lr: 0.1, momentum: 0 }), [0.8, 0.64]],
    // v = 4: 1 − 0.5 · 2/2. Then g = 1, v = 5.
    ["Adagrad", new Adagrad({ lr: 0.5 }), [0.5, 0.5 - 0.5 / Math.sqrt(5)]],
  ])("%s", async (_name, optimiser, expected) => {
    const path = await twoSteps(optimiser);
    path.forEach((x, k) => expect(x).toBeCloseTo(expected[k]!, 6));
  });
});

// In units of how far PyTorch's own float32 run is from its float64 run: rounding differs in detail.
const ROUNDING = 4;

describe("50 evaluations are at the points where PyTorch's are", () => {
  test.each([
    ["adam rosenbrock", new Adam({ lr: 0.1, b2: 0.999 })],
    ["adam quadratic", new Adam({ lr: 0.05, b1: 0.8, b2: 0.95 })],
    ["sgd quadratic", new Sgd({ lr: 0.1 })],
    ["nesterov quadratic", new Sgd({ lr: 0.1, nesterov: true })],
    ["nesterov rosenbrock", new Sgd({ lr: 2e-4, nesterov: true })],
    ["adagrad rosenbrock", new Adagrad({ lr: 0.5 })],
    ["adagrad quadratic", new Adagrad({ lr: 0.5 })],
  ])("%s", async (name, optimiser) => {
    const { problem, evaluations: theirs, float32Gap } = reference.runs[name]!;
    const { evaluate, evaluations } = recorded(problems[problem]!);
    const x = Float32Array.from(theirs[0]!.x);
    for (let k = 0; k < theirs.length; k++) await optimiser.step(x, evaluate);
    expect(evaluations).toHaveLength(50);
    expect(largestGap(evaluations, theirs, 50)).toBeLessThan(ROUNDING * float32Gap[49]!);
  });
});

describe("a step", () => {
  test("reports loss and gradient norm of the point it starts from", async () => {
    const x = Float32Array.of(3);
    const result = await new Sgd({ lr: 0.1 }).step(x, square);
    expect(result).toEqual({
      loss: 9,
      gradientNorm: 6,
      evaluations: 1,
      accepted: true,
      status: "running",
    });
  });

  test("is scaled by the schedule's factor", async () => {
    const x = Float32Array.of(1);
    await new Sgd({ lr: 0.1 }).step(x, square, { factor: 0.5 });
    expect(x[0]).toBeCloseTo(0.9, 6);
  });

  test("stops before evaluating when it was called off", async () => {
    const x = Float32Array.of(1);
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    const step = new Adam().step(x, square, { signal: controller.signal });
    await expect(step).rejects.toThrow("enough");
    expect(x[0]).toBe(1);
  });

  test("refuses a gradient of another length", async () => {
    const short: Objective = () => Promise.resolve({ loss: 0, gradient: new Float32Array(1) });
    await expect(new Adam().step(new Float32Array(2), short)).rejects.toThrow(
      "objective: expected a gradient of 2 numbers, got 1.",
    );
  });

  test("refuses a vector of another length than its state", async () => {
    const adam = new Adam();
    await adam.step(new Float32Array(1), square);
    await expect(adam.step(new Float32Array(2), square)).rejects.toThrow("call reset()");
  });
});

describe("bounds", () => {
  test.each([
    ["Adam", new Adam({ lr: 10, bounds: { lower: 0.1, upper: 0.9 } })],
    ["SGD", new Sgd({ lr: 10, bounds: { lower: 0.1, upper: 0.9 } })],
    ["Adagrad", new Adagrad({ lr: 10, bounds: { lower: 0.1, upper: 0.9 } })],
  ])(
    "%s stays within them and reports 0 for a gradient that pushes outwards",
    async (_n, optimiser) => {
      const x = Float32Array.of(5);
      const first = await optimiser.step(x, square);
      expect(first.loss).toBeCloseTo(0.81, 6); // 5 was moved to 0.9 before the first evaluation
      expect(x[0]).toBe(Math.fround(0.1));
      const second = await optimiser.step(x, square);
      expect(second.gradientNorm).toBe(0);
      expect(x[0]).toBe(Math.fround(0.1));
    },
  );

  test("must be in order", () => {
    expect(() => new Adam({ bounds: { lower: 1, upper: 1 } })).toThrow(
      "bounds: expected lower < upper, got lower 1 and upper 1.",
    );
  });
});

describe("an objective that is not finite", () => {
  /** x² where x > 0, otherwise without a loss or without a gradient. */
  const cliff =
    (loss: number, gradient: number): Objective =>
    ([x]) =>
      x! > 0
        ? square(Float32Array.of(x!))
        : Promise.resolve({ loss, gradient: Float32Array.of(gradient) });

  test.each([
    ["loss is NaN", cliff(NaN, 1)],
    ["loss is infinite", cliff(Infinity, 1)],
    ["gradient is NaN", cliff(1, NaN)],
    ["gradient is infinite", cliff(1, -Infinity)],
    ["square of the gradient overflows float32", cliff(1, 1e20)],
  ])("halves the step where the %s", async (_name, evaluate) => {
    const x = Float32Array.of(1);
    const sgd = new Sgd({ lr: 1.25, momentum: 0 });
    await sgd.step(x, evaluate); // 1 − 1.25 · 2
    expect(x[0]).toBe(-1.5);
    const result = await sgd.step(x, evaluate); // −1.5, −0.25, 0.375; then 0.375 − 1.25/4 · 0.75
    expect(result.loss).toBe(0.375 ** 2);
    expect(result.evaluations).toBe(3);
    expect(result.accepted).toBe(true);
    expect(result.warning).toContain("went half the way back 2 time(s); steps are now 0.25");
    expect(x[0]).toBe(0.140625);
    const next = await sgd.step(x, evaluate);
    expect(next.warning).toBeUndefined();
    expect(next.evaluations).toBe(1);
  });

  test("never enters the state", async () => {
    const evaluate = cliff(NaN, NaN);
    const x = Float32Array.of(1);
    const adam = new Adam({ lr: 1.5 });
    await adam.step(x, evaluate);
    expect(x[0]).toBeLessThan(0);
    await adam.step(x, evaluate);
    const { m, v } = adam.state!.vectors;
    expect([...m, ...v, ...x].every(Number.isFinite)).toBe(true);
    expect(adam.state!.step).toBe(2);
  });

  test("stalls at the last good point when ten halvings do not help", async () => {
    let calls = 0;
    const evaluate: Objective = ([x]) =>
      calls++ === 0
        ? square(Float32Array.of(x!))
        : Promise.resolve({ loss: NaN, gradient: Float32Array.of(0) });
    const x = Float32Array.of(1);
    const sgd = new Sgd({ lr: 0.1 });
    await sgd.step(x, evaluate);
    const result = await sgd.step(x, evaluate);
    expect(result).toMatchObject({ status: "stalled", accepted: false, loss: 1, gradientNorm: 2 });
    expect(result.evaluations).toBe(11);
    expect(result.warning).toContain("still not finite after 10 halvings");
    expect(x[0]).toBe(1);
  });

  test("stalls at once at the starting point", async () => {
    const x = Float32Array.of(-1);
    const result = await new Adam().step(x, cliff(NaN, 0));
    expect(result).toMatchObject({ status: "stalled", accepted: false, evaluations: 1 });
    expect(result.warning).toContain("at the starting point");
    expect(x[0]).toBe(-1);
  });

  test("does not shorten steps after a reset", async () => {
    const evaluate = cliff(NaN, 0);
    const sgd = new Sgd({ lr: 1.25, momentum: 0 });
    const x = Float32Array.of(1);
    await sgd.step(x, evaluate);
    await sgd.step(x, evaluate);
    sgd.reset();
    x[0] = 1;
    await sgd.step(x, evaluate);
    expect(x[0]).toBe(-1.5);
  });
});

describe("state", () => {
  test("Adam's moments are resampled by kind and its step counter goes on", async () => {
    const adam = new Adam({ lr: 0.1 });
    const x = Float32Array.of(1);
    await adam.step(x, square);
    const kinds: string[] = [];
    adam.resample((vector, kind) => {
      kinds.push(kind);
      return Float32Array.of(vector[0]!, vector[0]!);
    });
    expect(kinds).toEqual(["signed", "nonNegative"]);
    const twice: Objective = (point) =>
      Promise.resolve({ loss: 0, gradient: point.map((xi) => 2 * xi) });
    const wide = Float32Array.of(0.9, 0.9);
    await adam.step(wide, twice);
    const secondStep = 0.9 - (0.1 * (0.36 / 0.19)) / Math.sqrt(0.072 / 0.0199);
    expect(wide[0]).toBeCloseTo(secondStep, 6);
    expect(wide[1]).toBeCloseTo(secondStep, 6);
  });

  test("set on a fresh optimiser it continues where the other one was", async () => {
    const [one, other] = [new Adam({ lr: 0.1 }), new Adam({ lr: 0.1 })];
    const x = Float32Array.of(1);
    await one.step(x, square);
    other.state = structuredClone(one.state);
    const copy = x.slice();
    await one.step(x, square);
    await other.step(copy, square);
    expect(copy).toEqual(x);
  });

  test("of another length is refused", async () => {
    const adam = new Adam();
    adam.state = { step: 3, vectors: { m: new Float32Array(2), v: new Float32Array(1) } };
    await expect(adam.step(Float32Array.of(1), square)).rejects.toThrow("state for 2 variables");
  });
});

describe("options out of range are refused", () => {
  test.each([
    ["lr: expected a number above 0, got 0.", () => new Sgd({ lr: 0 })],
    ["lr: expected a number above 0, got NaN.", () => new Adagrad({ lr: NaN })],
    [
      "momentum: expected a number from 0 to below 1, got 1.",
      () => new Sgd({ lr: 1, momentum: 1 }),
    ],
    ["b1: expected a number from 0 to below 1, got 1.", () => new Adam({ b1: 1 })],
    ["b2: expected a number from 0 to below 1, got -0.1.", () => new Adam({ b2: -0.1 })],
    ["eps: expected a number above 0, got 0.", () => new Adam({ eps: 0 })],
  ])("%s", (message, make) => {
    expect(make).toThrow(message);
  });
});

test("every optimiser of the registry bears the name it is listed under", () => {
  expect(optimisers.lbfgs().name).toBe("lbfgs");
  expect(optimisers.adam().name).toBe("adam");
  expect(optimisers.sgd({ lr: 1 }).name).toBe("sgd");
  expect(optimisers.adagrad({ lr: 1 }).name).toBe("adagrad");
  expect(Object.keys(optimisers)).toEqual(["lbfgs", "adam", "sgd", "adagrad"]);
});
