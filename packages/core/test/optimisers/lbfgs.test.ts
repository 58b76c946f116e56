import { describe, expect, test } from "vitest";
import { Lbfgs } from "../../src/optimisers/index.ts";
import type { Objective } from "../../src/optimisers/index.ts";
import { largestGap, problems, recorded, reference, run } from "./problems.ts";
import type { Problem } from "./problems.ts";

const TO_THE_END = { toleranceChange: 0, toleranceGradient: 0 } as const;

describe("evaluations are at the points where PyTorch's are", () => {
  // In units of how far PyTorch's own float32 run is from its float64 run: rounding differs in
  // detail, and every iteration on Rosenbrock's function magnifies it, most with a long history.
  const ROUNDING = 4;

  test.each([
    ["lbfgs bowl", { history: 100 }, 15],
    ["lbfgs bowl, no line search", { history: 100, lineSearch: "none" }, 15],
    ["lbfgs rosenbrock, history 2", { history: 2 }, 21],
    ["lbfgs rosenbrock", { history: 100 }, 11],
  ] as const)("%s", async (name, options, count) => {
    const { problem, evaluations: theirs, float32Gap } = reference.runs[name]!;
    const { evaluate, evaluations } = recorded(problems[problem]!);
    await run(
      new Lbfgs({ ...options, ...TO_THE_END }),
      Float32Array.from(theirs[0]!.x),
      evaluate,
      30,
    );
    expect(largestGap(evaluations, theirs, count)).toBeLessThan(ROUNDING * float32Gap[count - 1]!);
  });
});

describe("iterations and evaluations to a loss below 1e-10", () => {
  async function cost(
    options: object,
    problem: string,
    start: number[],
  ): Promise<[number, number]> {
    const { evaluate, evaluations } = recorded(problems[problem]!);
    const lbfgs = new Lbfgs({ history: 100, ...TO_THE_END, ...options });
    const x = Float32Array.from(start);
    for (let iterations = 1; iterations <= 60; iterations++) {
      const { lossAfter } = await lbfgs.step(x, evaluate);
      if (lossAfter! < 1e-10) return [iterations, evaluations.length];
    }
    throw new Error("not reached in 60 iterations");
  }

  test.each(["strong-wolfe", "none"])(
    "on ½ xᵀ diag(1..10) x from ones they are 14 and 15, as PyTorch's, line search %s",
    async (lineSearch) => {
      expect(await cost({ lineSearch }, "bowl", Array<number>(10).fill(1))).toEqual([14, 15]);
    },
  );

  test("on Rosenbrock's function they are PyTorch's 35 and 44, or one less where rounding of the start decides", async () => {
    const counts = new Set<string>();
    for (let ulps = -8; ulps <= 8; ulps++) {
      const start = -1.2 * (1 + (ulps * 2 ** -23) / 1.2);
      counts.add((await cost({}, "rosenbrock", [start, 1])).join("/"));
    }
    expect([...counts].sort()).toEqual(["34/43", "35/44"]);
  });
});

describe("a step", () => {
  test("reports the point it starts from and the loss where it ends, and never evaluates a point twice", async () => {
    const { evaluate, evaluations } = recorded(problems.rosenbrock!);
    const results = await run(new Lbfgs(), Float32Array.of(-1.2, 1), evaluate, 20);
    expect(results[0]!.loss).toBe(evaluations[0]!.loss);
    for (let k = 1; k < results.length; k++)
      expect(results[k]!.loss).toBe(results[k - 1]!.lossAfter);
    const points = evaluations.map(({ x }) => x.join());
    expect(new Set(points).size).toBe(points.length);
    const counted = results.reduce((sum, { evaluations: n }) => sum + n, 0);
    expect(counted).toBe(evaluations.length);
  });

  test("never goes uphill with the line search", async () => {
    const { evaluate } = recorded(problems.rosenbrock!);
    const results = await run(new Lbfgs(), Float32Array.of(-1.2, 1), evaluate, 50);
    for (const { loss, lossAfter } of results) expect(lossAfter).toBeLessThanOrEqual(loss);
  });

  test("first goes 1 / Σ|g| along steepest descent", async () => {
    const { evaluate, evaluations } = recorded(problems.bowl!);
    await new Lbfgs({ lineSearch: "none" }).step(Float32Array.of(3, 1), evaluate);
    expect(evaluations[1]!.x[0]).toBeCloseTo(3 - 3 / 5, 6); // g = (3, 2)
    expect(evaluations[1]!.x[1]).toBeCloseTo(1 - 2 / 5, 6);
  });

  test("leaves x alone when it is called off during the line search", async () => {
    const controller = new AbortController();
    const { evaluate } = recorded(problems.rosenbrock!);
    let calls = 0;
    const abortLater: Objective = (x) => {
      if (++calls === 2) controller.abort(new Error("enough"));
      return evaluate(x);
    };
    const x = Float32Array.of(-1.2, 1);
    const step = new Lbfgs().step(x, abortLater, { signal: controller.signal });
    await expect(step).rejects.toThrow("enough");
    expect([...x]).toEqual([Math.fround(-1.2), 1]);
  });

  test("refuses a vector of another length until reset", async () => {
    const lbfgs = new Lbfgs();
    const { evaluate } = recorded(problems.bowl!);
    await lbfgs.step(Float32Array.of(1, 1), evaluate);
    await expect(lbfgs.step(Float32Array.of(1, 1, 1), evaluate)).rejects.toThrow("call reset()");
    lbfgs.reset();
    expect((await lbfgs.step(Float32Array.of(1, 1, 1), evaluate)).accepted).toBe(true);
  });

  test("after a reset starts over with the new objective", async () => {
    const lbfgs = new Lbfgs();
    const x = Float32Array.of(-1.2, 1);
    await run(lbfgs, x, recorded(problems.rosenbrock!).evaluate, 10);
    lbfgs.reset();
    const start = [...x];
    const { evaluate, evaluations } = recorded(problems.bowl!);
    await lbfgs.step(x, evaluate);
    expect(evaluations[0]!.x).toEqual(start);
    const [gx, gy] = [start[0]!, 2 * start[1]!];
    const first = Math.min(1, 1 / (Math.abs(gx) + Math.abs(gy)));
    expect(evaluations[1]!.x[0]).toBeCloseTo(start[0]! - first * gx, 5);
    expect(evaluations[1]!.x[1]).toBeCloseTo(start[1]! - first * gy, 5);
  });
});

describe("convergence", () => {
  test("is reported once the gradient is small, without another evaluation", async () => {
    const { evaluate, evaluations } = recorded(problems.bowl!);
    const lbfgs = new Lbfgs({ toleranceGradient: 1e-3, toleranceChange: 0 });
    const x = Float32Array.of(1, 1, 1);
    const results = await run(lbfgs, x, evaluate, 50);
    expect(results.at(-1)!.status).toBe("converged");
    const gradient = problems.bowl!([...x]).gradient;
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-3);
    const before = evaluations.length;
    const again = await lbfgs.step(x, evaluate);
    expect(again).toMatchObject({ status: "converged", accepted: false, evaluations: 0 });
    expect(evaluations).toHaveLength(before);
  });

  test("is reported once the loss changes by less than the tolerance", async () => {
    const { evaluate } = recorded(problems.rosenbrock!);
    const lbfgs = new Lbfgs({ toleranceGradient: 0, toleranceChange: 1e-4 });
    const results = await run(lbfgs, Float32Array.of(-1.2, 1), evaluate, 100);
    expect(results.at(-1)!.status).toBe("converged");
    expect(results.length).toBeLessThan(40);
  });
});

describe("an objective that is not finite", () => {
  test.each([
    ["loss", { loss: NaN, gradient: [1, 1] }],
    ["gradient", { loss: -100, gradient: [NaN, 1] }],
  ])(
    "counts as infinitely high: the step is shortened until the %s is finite",
    async (_name, broken) => {
      // The minimum of the bowl, just beyond it the cliff.
      const problem: Problem = (x) => (x[0]! < -0.01 ? broken : problems.bowl!(x));
      const { evaluate, evaluations } = recorded(problem);
      const x = Float32Array.of(4, 1);
      const results = await run(new Lbfgs({ lr: 3 }), x, evaluate, 60);
      expect(evaluations.some(({ x: [first] }) => first! < -0.01)).toBe(true);
      expect(results.some(({ warning }) => warning?.includes("was not finite"))).toBe(true);
      expect(problems.bowl!([...x]).loss).toBeLessThan(1e-8);
    },
  );

  test("also shortens steps without a line search", async () => {
    const problem: Problem = (x) =>
      x[0]! < 0.4 ? { loss: NaN, gradient: [0] } : problems.bowl!(x);
    const { evaluate, evaluations } = recorded(problem);
    const x = Float32Array.of(1);
    const result = await new Lbfgs({ lineSearch: "none" }).step(x, evaluate);
    expect(evaluations.map(({ x: [first] }) => first)).toEqual([1, 0, 0.5]);
    expect(result).toMatchObject({ accepted: true, evaluations: 3 });
    expect(x[0]).toBe(0.5);
  });

  test("stalls at once at the starting point", async () => {
    const x = Float32Array.of(1, 2);
    const { evaluate } = recorded(() => ({ loss: Infinity, gradient: [0, 0] }));
    const result = await new Lbfgs().step(x, evaluate);
    expect(result).toMatchObject({ status: "stalled", accepted: false, evaluations: 1 });
    expect(result.warning).toContain("not finite");
    expect([...x]).toEqual([1, 2]);
  });

  test("stalls where it is when it is not finite anywhere else", async () => {
    const problem: Problem = (x) => (x[0] === 1 ? problems.bowl!(x) : { loss: NaN, gradient: [0] });
    const x = Float32Array.of(1);
    const { evaluate } = recorded(problem);
    const result = await new Lbfgs().step(x, evaluate);
    expect(result).toMatchObject({ status: "stalled", accepted: false });
    expect(x[0]).toBe(1);
  });
});

test("when the quasi-Newton direction leads nowhere the history is dropped and the step goes downhill", async () => {
  const lbfgs = new Lbfgs(TO_THE_END);
  const x = Float32Array.of(-1.2, 1);
  await run(lbfgs, x, recorded(problems.rosenbrock!).evaluate, 5);
  // The objective is exchanged without a reset, so that the kept gradient is wrong: what it promises
  // does not come true, the search gives up, and steepest descent (of the same gradient) as well.
  const uphill: Objective = (point) =>
    Promise.resolve({ loss: 1e6, gradient: new Float32Array(point.length) });
  const result = await lbfgs.step(x, uphill);
  expect(result.warning).toContain("history dropped");
  expect(result.status).toBe("stalled");
});

describe("bounds", () => {
  const box = { lower: 0, upper: 1 } as const;

  test("are met where the free variable is not at the clamped free minimum", async () => {
    // ½ xᵀ [[2, 1], [1, 2]] x − (4, 2.4)·x is least at (1.87, 0.27); with x₁ held at 1, x₂ = (2.4 − 1)/2.
    const problem: Problem = ([x, y]) => ({
      loss: x! * x! + x! * y! + y! * y! - 4 * x! - 2.4 * y!,
      gradient: [2 * x! + y! - 4, x! + 2 * y! - 2.4],
    });
    const { evaluate } = recorded(problem);
    const x = Float32Array.of(0.2, 0.2);
    const results = await run(new Lbfgs({ bounds: box }), x, evaluate, 50);
    expect(results.at(-1)!.status).toBe("converged");
    expect(x[0]).toBe(1);
    expect(x[1]).toBeCloseTo(0.7, 5);
  });

  /** A chain of springs between neighbours, each variable also tied to a target outside the box. */
  const chain: Problem = (x) => {
    const gradient = Array<number>(x.length).fill(0);
    let loss = 0;
    x.forEach((xi, i) => {
      const pull = xi - (0.5 + 1.5 * Math.sin(1.3 * i));
      loss += 0.5 * (1 + (i % 7)) * pull * pull;
      gradient[i]! += (1 + (i % 7)) * pull;
      if (i === 0) return;
      const stretch = xi - x[i - 1]!;
      loss += 2 * stretch * stretch;
      gradient[i]! += 4 * stretch;
      gradient[i - 1]! -= 4 * stretch;
    });
    return { loss, gradient };
  };

  test("of a convex function: the answer fulfils the Karush-Kuhn-Tucker conditions, which only the minimum does", async () => {
    const { evaluate, evaluations } = recorded(chain);
    const x = new Float32Array(60).fill(0.5);
    const lbfgs = new Lbfgs({ bounds: box, toleranceGradient: 1e-5, toleranceChange: 0 });
    const results = await run(lbfgs, x, evaluate, 100);
    expect(results.at(-1)!.status).toBe("converged");
    expect(evaluations.length).toBeLessThan(60);
    const { gradient } = chain([...x]);
    const held = [...x].filter((xi) => xi === 0 || xi === 1).length;
    expect(held).toBeGreaterThan(10);
    expect(held).toBeLessThan(50);
    x.forEach((xi, i) => {
      if (xi === 0) expect(gradient[i]).toBeGreaterThan(-1e-5);
      else if (xi === 1) expect(gradient[i]).toBeLessThan(1e-5);
      else expect(Math.abs(gradient[i]!)).toBeLessThan(1e-5);
    });
  });

  test("hold for every point that is evaluated, the start included", async () => {
    const { evaluate, evaluations } = recorded(chain);
    const x = Float32Array.from({ length: 60 }, (_, i) => (i % 5) - 2);
    await run(new Lbfgs({ bounds: box, lr: 5 }), x, evaluate, 30);
    expect(
      evaluations.flatMap((evaluation) => evaluation.x).every((xi) => xi >= 0 && xi <= 1),
    ).toBe(true);
  });

  test("that are far away change nothing", async () => {
    const [free, boxed] = [recorded(problems.rosenbrock!), recorded(problems.rosenbrock!)];
    const [a, b] = [Float32Array.of(-1.2, 1), Float32Array.of(-1.2, 1)];
    await run(new Lbfgs(), a, free.evaluate, 12);
    await run(new Lbfgs({ bounds: { lower: -100, upper: 100 } }), b, boxed.evaluate, 12);
    expect(boxed.evaluations).toHaveLength(free.evaluations.length);
    expect(largestGap(boxed.evaluations, free.evaluations, 12)).toBeLessThan(1e-5);
  });

  test("Rosenbrock's function below x = 0.5 is least at (0.5, 0.25)", async () => {
    const { evaluate } = recorded(problems.rosenbrock!);
    const x = Float32Array.of(-1.2, 0.4);
    const lbfgs = new Lbfgs({
      bounds: { lower: -2, upper: 0.5 },
      toleranceChange: 0,
      toleranceGradient: 1e-4,
    });
    const results = await run(lbfgs, x, evaluate, 200);
    expect(results.at(-1)!.status).toBe("converged");
    expect(x[0]).toBe(0.5);
    expect(x[1]).toBeCloseTo(0.25, 5);
  });
});

describe("options out of range are refused", () => {
  test.each([
    ["history: expected a whole number from 1, got 0.", { history: 0 }],
    ["history: expected a whole number from 1, got 2.5.", { history: 2.5 }],
    ["lr: expected a number above 0, got -1.", { lr: -1 }],
    ["toleranceChange: expected a number from 0 up, got -1.", { toleranceChange: -1 }],
    ["toleranceGradient: expected a number from 0 up, got NaN.", { toleranceGradient: NaN }],
  ])("%s", (message, options) => {
    expect(() => new Lbfgs(options)).toThrow(message);
  });
});
