import { describe, expect, test } from "vitest";
import {
  Adam,
  BoundedSteps,
  Lbfgs,
  Sgd,
  type Objective,
  type Optimiser,
  type OptimiserState,
} from "../../src/optimisers/index.ts";

const bounds = { lower: -4, upper: 4 };

/** Every optimiser whose state is kept in files. */
const kinds: Readonly<Record<string, () => Optimiser>> = {
  lbfgs: () => new Lbfgs({ history: 3, bounds }),
  adam: () => new Adam({ lr: 0.1, bounds }),
  sgd: () => new Sgd({ lr: 0.01 }),
  bounded: () => new BoundedSteps({ lr: 0.1 }),
};

/** Rosenbrock's valley in four variables. */
const valley: Objective = (x) => {
  const gradient = new Float32Array(x.length);
  let loss = 0;
  for (let i = 0; i + 1 < x.length; i++) {
    const [a, b] = [1 - x[i]!, x[i + 1]! - x[i]! ** 2];
    loss += a * a + 10 * b * b;
    gradient[i]! -= 2 * a + 40 * b * x[i]!;
    gradient[i + 1]! += 20 * b;
  }
  return Promise.resolve({ loss, gradient });
};

/** The state after some steps, with the variables then. */
async function stateAfter(steps: number, optimiser: Optimiser) {
  const x = Float32Array.of(-1, 2, 0.5, 1.5);
  for (let i = 0; i < steps; i++) await optimiser.step(x, valley);
  return structuredClone({ x, state: optimiser.save() });
}

function changed(state: OptimiserState, change: Partial<OptimiserState>): OptimiserState {
  return {
    vectors: { ...state.vectors, ...change.vectors },
    numbers: { ...state.numbers, ...change.numbers },
  };
}

describe.each(Object.entries(kinds))("%s", (name, create) => {
  test.each([0, 1, 5])("goes on from its own state after %i steps, to the bit", async (steps) => {
    const whole = create();
    const { x } = await stateAfter(steps, whole);
    const { state } = structuredClone({ state: whole.save() });
    const again = create();
    again.restore(state, x);
    const other = x.slice();
    for (let i = 0; i < 3; i++) {
      const steps = [await whole.step(x, valley), await again.step(other, valley)];
      expect(steps[1]).toEqual(steps[0]);
    }
    expect(other).toEqual(x);
  });

  test("refuses a state with a vector or number too many, too few, too short or not finite", async () => {
    const { x, state } = await stateAfter(3, create());
    const refused = (wrong: OptimiserState): void => {
      expect(() => create().restore(wrong, x)).toThrow(
        /^the state to go on from is damaged: .*; expected [^\n]*\. Start anew\.$/,
      );
    };
    refused(changed(state, { vectors: { other: x } }));
    refused(changed(state, { numbers: { other: 1 } }));
    for (const vector of Object.keys(state.vectors)) {
      const { [vector]: values, ...others } = state.vectors;
      if (vector !== "gradient" && vector !== "good") refused({ ...state, vectors: others });
      refused(changed(state, { vectors: { [vector]: x.subarray(1) } }));
      const broken = values!.slice();
      broken[2] = NaN;
      refused(changed(state, { vectors: { [vector]: broken } }));
    }
    for (const number of Object.keys(state.numbers)) {
      const others = Object.entries(state.numbers).filter(([other]) => other !== number);
      refused({ ...state, numbers: Object.fromEntries(others) });
      for (const value of [NaN, Infinity, null, "1"])
        refused(changed(state, { numbers: { [number]: value as number } }));
    }
  });

  test("refuses the state of any other optimiser", async () => {
    for (const [other, make] of Object.entries(kinds)) {
      if (other === name) continue;
      const { x, state } = await stateAfter(3, make());
      expect(() => create().restore(state, x), other).toThrow("is damaged: the optimiser");
    }
  });
});

test.each([
  ["lbfgs", { pairs: 4 }, 'the optimiser\'s "pairs" is 4; expected a whole number from 0 to 3.'],
  [
    "lbfgs",
    { pairs: 1.5 },
    'the optimiser\'s "pairs" is 1.5; expected a whole number from 0 to 3.',
  ],
  ["lbfgs", { sy0: -1 }, 'the optimiser\'s "sy0" is -1; expected a number above 1e-10.'],
  [
    "lbfgs",
    { isFirst: 2 },
    'the optimiser\'s "isFirst" is 2; expected a whole number from 0 to 1.',
  ],
  ["adam", { step: 2.5 }, 'the optimiser\'s "step" is 2.5; expected a whole number from 0 to'],
  ["adam", { shrink: 0 }, 'the optimiser\'s "shrink" is 0; expected a number above 0 and up to 1.'],
  ["adam", { shrink: 2 }, 'the optimiser\'s "shrink" is 2; expected a number above 0 and up to 1.'],
  ["adam", { goodNorm: -1 }, 'the optimiser\'s "goodNorm" is -1; expected a number from 0 up.'],
])("%s with %o says what is wrong", async (name, numbers, message) => {
  const { x, state } = await stateAfter(3, kinds[name]!());
  const wrong = changed(state, { numbers });
  expect(() => kinds[name]!().restore(wrong, x)).toThrow(message);
});

test("a second moment below 0 is refused", async () => {
  const { x, state } = await stateAfter(3, new Adam());
  const wrong = changed(state, { vectors: { v: Float32Array.of(1, -1, 1, 1) } });
  expect(() => {
    new Adam().restore(wrong, x);
  }).toThrow('"v" has numbers below 0; expected numbers from 0 up.');
});

test("a resumed optimiser goes halfway back where the next point is not finite, as if it had never stopped", async () => {
  const wall: Objective = async (x) =>
    x[0]! > -0.8 ? { loss: NaN, gradient: x } : await valley(x);
  const whole = new Sgd({ lr: 0.02, momentum: 0 });
  const x = Float32Array.of(-1, 0.8, 0.5, 1.5);
  await whole.step(x, wall);
  expect(x[0]).toBeGreaterThan(-0.8);
  const again = new Sgd({ lr: 0.02, momentum: 0 });
  const other = x.slice();
  again.restore(structuredClone(whole.save()), other);
  const steps = [await whole.step(x, wall), await again.step(other, wall)];
  expect(steps[0]).toMatchObject({ status: "running", warning: expect.any(String) as string });
  expect(steps[1]).toEqual(steps[0]);
  expect(other).toEqual(x);
});
