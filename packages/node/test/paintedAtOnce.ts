// Stands in for what computes, so that a test of files can have hundreds of runs: everything comes out as it
// went in, and everything that is told on the way is told. To be used by `vi.mock`.

import type * as core from "@deepstyle/core";
import type { Runtime } from "@deepstyle/engine";

type Core = typeof core;

const losses = {
  ...{ scale: 16, seconds: 0, totalLoss: 1, contentLoss: 1, styleLoss: 1, tvLoss: 1 },
  ...{ pixelLoss: 0, detailLoss: 0, dreamLoss: 0, gradientNorm: 1 },
};

const stylizeRaster: Core["stylizeRaster"] = async (options) => {
  const { content: picture, recipe, snapshots = [], checkpoints, onEvent } = options;
  const course = [0, 1, 2].map((iteration) => ({ ...losses, iteration }));
  for (const record of course)
    onEvent?.({ kind: "iteration", record, of: 2, secondsLeft: 0, picture: () => picture });
  for (const iteration of snapshots) onEvent?.({ kind: "snapshot", iteration, picture });
  await checkpoints?.save({
    ...{ stage: 0, step: 2, iteration: 2, evaluations: 3, seconds: 0, recent: [] },
    ...{ pixels: new Float32Array(12), optimiser: { numbers: {}, vectors: {} } },
  });
  const made = {
    picture,
    interrupted: false,
    iterations: 2,
    evaluations: 3,
    seconds: 0,
    losses: course[2],
  };
  return { ...made, recipe: recipe as core.SettledRecipe };
};

const dreamRaster: Core["dreamRaster"] = ({ photo: picture, recipe, onEvent }) => {
  const course = [0, 1, 2].map((iteration) => ({ ...losses, iteration }));
  for (const record of course)
    onEvent?.({ kind: "iteration", record, of: 2, secondsLeft: 0, picture: () => picture });
  const made = {
    picture,
    interrupted: false,
    iterations: 2,
    evaluations: 3,
    seconds: 0,
    losses: course[2],
  };
  return Promise.resolve({ ...made, recipe: recipe as core.SettledDream });
};

const paintRegions: Core["paintRegions"] = (_runtime, _network, _regions, picture) =>
  Promise.resolve({ picture, tile: null, seconds: 0 });

const train: Core["train"] = async (options) => {
  const { start, validation, onEvent } = options;
  const pictures = validation.map((photo) => ({ photo, stylized: photo }));
  const measured = { total: 1, terms: { style: 1 }, pictures };
  onEvent?.({
    kind: "validation",
    iteration: 1,
    validation: measured,
    isBest: true,
    isExtra: false,
  });
  const best = { iteration: 1, total: 1, terms: { style: 1 }, weights: start.weights };
  const progress = { ...start, iteration: 1, best };
  await options.onCheckpoint(progress, best);
  return progress;
};

const agreement = { variance: 0, correlation: 1 } as never;

const distil: Core["distil"] = async (options) => {
  const { start, onEvent } = options;
  const measured = { explained: 1, agreement: { average: {}, max: {} } as never };
  onEvent?.({ kind: "validation", iteration: 1, ...measured, isBest: true, isExtra: false });
  const best = { iteration: 1, explained: 1, agreement, weights: start.weights };
  const progress = { ...start, iteration: 1, best };
  await options.onCheckpoint(progress, best);
  return progress;
};

const distilBeginning: Core["distilBeginning"] = ({ weights }) => {
  const none = new Map<string, Float32Array>();
  const state = { iteration: 0, weights: weights!, first: none, second: none };
  return Promise.resolve({ ...state, precisions: {} as never });
};

/** The core, but that nothing is computed. */
export function paintedAtOnce(whole: Core): Core {
  const replaced = { stylizeRaster, dreamRaster, paintRegions, train, distil, distilBeginning };
  return { ...whole, ...replaced };
}

/** `withRuntime` without a runtime. */
export async function withoutRuntime<T>(
  _machine: unknown,
  work: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  return await work({ device: "cpu", threads: 1 } as Runtime);
}
