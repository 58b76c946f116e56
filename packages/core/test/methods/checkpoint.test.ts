import { afterAll, describe, expect, test, vi } from "vitest";
import { smoothPlanes } from "../../src/image/smooth.ts";
import { contentLoss } from "../../src/losses/content.ts";
import { relativeMomentsLoss } from "../../src/losses/moments.ts";
import { Checkpoints, type OptimisationState } from "../../src/methods/checkpoint.ts";
import { optimise, type OptimiseOptions } from "../../src/methods/optimise.ts";
import type { Plan } from "../../src/methods/plan.ts";
import { BoundedSteps, optimisers } from "../../src/optimisers/index.ts";
import type { TraceRecord } from "../../src/run/events.ts";
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
const tiles = { side: 20, keepsFeatures: true, isThrifty: true };

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
  "a thrifty optimiser in tiles": {
    ...usual,
    stages: [usual.stages[0]!, { ...usual.stages[1]!, tiles }],
    createThriftyOptimiser: (size) =>
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
