import type { Runtime } from "@deepstyle/engine";
import { afterAll, describe, expect, test, vi } from "vitest";
import { smoothPlanes } from "../../src/image/smooth.ts";
import { contentLoss } from "../../src/losses/content.ts";
import { relativeMomentsLoss } from "../../src/losses/moments.ts";
import { Checkpoints, type OptimisationState } from "../../src/methods/checkpoint.ts";
import { optimise, type OptimiseOptions } from "../../src/methods/optimise.ts";
import type { Plan } from "../../src/methods/plan.ts";
import { BoundedSteps, optimisers } from "../../src/optimisers/index.ts";
import type { TraceRecord } from "../../src/methods/events.ts";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const runtime = cpuRuntime();
afterAll(() => runtime.dispose());

const content = { name: "content", weight: 1, layers: { relu2_1: 1 }, loss: contentLoss };
const style = {
  ...{ name: "style", weight: 10, loss: relativeMomentsLoss },
  layers: { relu1_1: 1, relu2_1: 1 },
};
const bounds = { lower: 0, upper: 1 };
const tiles = { side: 20, keepsFeatures: true };

const usual: Plan = {
  stages: [
    { longSide: 33, iterations: 4 },
    { longSide: 47, iterations: 3 },
  ],
  criterion: { features: [content, style], image: [] },
  createOptimiser: () => optimisers.lbfgs({ bounds, history: 2 }),
  keepsState: false,
};

const plans: Readonly<Record<string, Plan>> = {
  lbfgs: usual,
  "adam with an average": {
    ...usual,
    createOptimiser: () => optimisers.adam({ bounds }),
    averaging: 0.9,
    keepsState: true,
  },
  "a smooth optimiser in tiles": {
    ...usual,
    stages: [usual.stages[0]!, { ...usual.stages[1]!, isSmooth: true, tiles }],
    createSmoothOptimiser: (size) =>
      new BoundedSteps({
        ...{ lr: 0.02, bounds },
        filter: (direction) => {
          smoothPlanes(direction, size);
        },
      }),
  },
};

async function run(plan: Plan, options: Partial<OptimiseOptions> = {}) {
  const records: TraceRecord[] = [];
  const photo = picture({ width: 48, height: 32 }, 2);
  const styles = [{ picture: picture({ width: 40, height: 30 }, 3), weight: 1 }];
  const result = await optimise({
    ...{ runtime, encoder: tinyEncoder(), plan, content: photo, styles, initial: photo },
    onIterate: (record) => records.push(record),
    ...options,
  });
  return { ...result, records };
}

describe.each(Object.entries(plans))("%s", (_, plan) => {
  test("goes on from any state as if it had never stopped, to the bit", async () => {
    const states: OptimisationState[] = [];
    const save = (state: OptimisationState): Promise<void> => {
      states.push(structuredClone(state));
      return Promise.resolve();
    };
    const whole = await run(plan, { checkpoints: { every: 0, save } });
    expect(states.map(({ stage, step }) => [stage, step])).toEqual([
      ...[1, 2, 3, 4].map((step) => [0, step]),
      ...[0, 1, 2, 3].map((step) => [1, step]),
    ]);
    for (const state of states) {
      const { iteration } = state;
      const rest = await run(plan, { resumeFrom: () => Promise.resolve(state) });
      expect(rest.picture).toEqual(whole.picture);
      expect(rest.evaluations).toBe(whole.evaluations);
      const losses = (records: readonly TraceRecord[]) =>
        records.map((record) => [record.iteration, record.totalLoss]);
      expect(losses(rest.records)).toEqual(losses(whole.records.slice(iteration)));
    }
  });
});

/** A runtime that calls work off in its n-th run, whatever is running. */
function calledOffAt(n: number): { readonly runtime: Runtime; readonly signal: AbortSignal } {
  const controller = new AbortController();
  let runs = 0;
  const compile: Runtime["compile"] = async (...given) => {
    const program = await runtime.compile(...given);
    const run: typeof program.run = async (feeds) => {
      const result = await program.run(feeds);
      if (++runs === n) controller.abort();
      return result;
    };
    return { ...program, run };
  };
  return { runtime: { ...runtime, compile }, signal: controller.signal };
}

describe.each(Object.entries(plans))("%s", (_, plan) => {
  test("called off at whatever evaluation, keeps a state that leads to the same picture, to the bit", async () => {
    const whole = await run(plan);
    let stepsKept = 0;
    // In tiles there are many runs to one evaluation.
    const stride = plan.createSmoothOptimiser === undefined ? 1 : 7;
    for (let n = 1; ; n += stride) {
      let kept: OptimisationState | undefined;
      const save = (state: OptimisationState): Promise<void> => {
        kept = structuredClone(state);
        return Promise.resolve();
      };
      const cut = await run(plan, { ...calledOffAt(n), checkpoints: { every: Infinity, save } });
      if (!cut.interrupted) break;
      stepsKept = kept?.iteration ?? 0;
      if (kept === undefined) continue;
      const state = kept;
      const rest = await run(plan, { resumeFrom: () => Promise.resolve(state) });
      expect(rest.picture).toEqual(whole.picture);
      expect(kept.iteration).toBe(cut.records.length);
    }
    expect(stepsKept).toBeGreaterThan(4);
  });
});

test.each<[string, (state: OptimisationState) => Partial<OptimisationState>, string]>([
  ["stage", () => ({ stage: 2 }), "which this plan does not have"],
  ["stage", () => ({ stage: 0.5 }), "which this plan does not have"],
  ["step", () => ({ step: 4 }), "at step 4 of scale 2"],
  [
    "iteration",
    () => ({ iteration: 99 }),
    "its iteration is 99; expected a whole number from 0 to 6",
  ],
  ["evaluations", () => ({ evaluations: -1 }), "its number of evaluations is -1; expected a whole"],
  ["seconds", () => ({ seconds: NaN }), "its time is NaN s; expected a number from 0 up"],
  ["pixels", ({ pixels }) => ({ pixels: pixels.map(() => NaN) }), "its pixels are not finite"],
  [
    "average",
    ({ average }) => ({ average: { ...average!, updates: 3 } }),
    "its average is of 3 iterates; expected a whole number from 1 to 2",
  ],
  [
    "average",
    ({ average }) => ({ average: { ...average!, mean: average!.mean.subarray(1) } }),
    "its average is no picture",
  ],
  [
    "optimiser",
    ({ optimiser }) => ({ optimiser: { ...optimiser, vectors: {} } }),
    'the optimiser\'s "m" has no numbers',
  ],
])(
  "a state with a wrong %s is refused in one line, before the work",
  async (_, change, message) => {
    const plan = plans["adam with an average"]!;
    const states: OptimisationState[] = [];
    const save = (state: OptimisationState): Promise<void> => {
      states.push(structuredClone(state));
      return Promise.resolve();
    };
    await run(plan, { checkpoints: { every: 0, save } });
    const state = states.find(({ stage, step }) => stage === 1 && step === 2)!;
    const wrong = { ...state, ...change(state) };
    const resumed = run(plan, { resumeFrom: () => Promise.resolve(wrong) });
    await expect(resumed).rejects.toThrow(message);
    await expect(resumed).rejects.toThrow(/^the state to go on from [^\n]* Start anew\.$/);
  },
);

test("a state of another plan is refused", async () => {
  const states: OptimisationState[] = [];
  const save = (state: OptimisationState): Promise<void> => {
    states.push(structuredClone(state));
    return Promise.resolve();
  };
  await run(usual, { checkpoints: { every: 0, save } });
  const [stage] = usual.stages;
  const shorter = { ...usual, stages: [{ ...stage!, longSide: 20 }] };
  await expect(run(shorter, { resumeFrom: () => Promise.resolve(states[0]!) })).rejects.toThrow(
    "which this plan does not have",
  );
});

test("states are as far apart as asked, and saving takes a tenth of the time at most", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const saved: number[] = [];
    const save = (): Promise<void> => {
      saved.push(performance.now() / 1000);
      vi.advanceTimersByTime(20_000);
      return Promise.resolve();
    };
    const checkpoints = new Checkpoints({ every: 60, save });
    for (let second = 0; second < 600; second += 10) {
      vi.advanceTimersByTime(10_000);
      await checkpoints.saveIfDue(() => ({}) as OptimisationState);
    }
    expect(saved).toEqual([60, 280, 500]);
  } finally {
    vi.useRealTimers();
  }
});
