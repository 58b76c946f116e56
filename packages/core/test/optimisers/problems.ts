import { readFileSync } from "node:fs";
import type { Objective, Optimiser, StepResult } from "../../src/optimisers/index.ts";

/** A loss and its gradient, in float64. */
export type Problem = (x: readonly number[]) => { loss: number; gradient: readonly number[] };

/** The problems of scripts/reference/optimisers.py. */
export const problems: Readonly<Record<string, Problem>> = {
  rosenbrock([x, y]) {
    const bend = y! - x! * x!;
    return {
      loss: (1 - x!) ** 2 + 100 * bend ** 2,
      gradient: [-2 * (1 - x!) - 400 * x! * bend, 200 * bend],
    };
  },
  quadratic(x) {
    const distance = x.map((xi, i) => xi - (i + 1) / x.length);
    return {
      loss: distance.reduce((sum, d, i) => sum + 0.5 * (i + 1) * d * d, 0),
      gradient: distance.map((d, i) => (i + 1) * d),
    };
  },
  bowl(x) {
    return {
      loss: x.reduce((sum, xi, i) => sum + 0.5 * (i + 1) * xi * xi, 0),
      gradient: x.map((xi, i) => (i + 1) * xi),
    };
  },
};

/** One evaluation that PyTorch made. */
export interface ReferenceEvaluation {
  readonly x: readonly number[];
  readonly loss: number;
}

/** Runs of PyTorch's optimisers. */
export interface ReferenceRun {
  readonly problem: string;
  /** Every evaluation of the run in float64, in order. */
  readonly evaluations: readonly ReferenceEvaluation[];
  /** How far PyTorch's own run in float32 is away, at most, up to each evaluation. */
  readonly float32Gap: readonly number[];
}

/** Made by scripts/reference/optimisers.py. */
export const reference = JSON.parse(
  readFileSync(new URL("./reference.json", import.meta.url), "utf8"),
) as { readonly runs: Readonly<Record<string, ReferenceRun>> };

/** An objective that writes down where it was evaluated and reuses its gradient's buffer. */
export function recorded(problem: Problem): {
  evaluate: Objective;
  evaluations: ReferenceEvaluation[];
} {
  const evaluations: ReferenceEvaluation[] = [];
  let buffer = new Float32Array();
  const evaluate: Objective = (point) => {
    const x = Array.from(point);
    const { loss, gradient } = problem(x);
    evaluations.push({ x, loss });
    if (buffer.length !== x.length) buffer = new Float32Array(x.length);
    buffer.set(gradient);
    return Promise.resolve({ loss, gradient: buffer });
  };
  return { evaluate, evaluations };
}

/** Makes steps until the optimiser says that it is done, at most `most`. */
export async function run(
  optimiser: Optimiser,
  x: Float32Array,
  evaluate: Objective,
  most: number,
): Promise<StepResult[]> {
  const results: StepResult[] = [];
  for (let k = 0; k < most; k++) {
    const result = await optimiser.step(x, evaluate);
    results.push(result);
    if (result.status !== "running") break;
  }
  return results;
}

/** Largest distance between corresponding points of two runs, over the first `count` of them. */
export function largestGap(
  ours: readonly ReferenceEvaluation[],
  theirs: readonly ReferenceEvaluation[],
  count: number,
): number {
  const gaps = theirs
    .slice(0, count)
    .flatMap(({ x }, k) => x.map((xi, i) => Math.abs(xi - (ours[k]?.x[i] ?? NaN))));
  return gaps.includes(NaN) ? NaN : Math.max(...gaps);
}
