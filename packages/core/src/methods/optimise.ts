import { tensor, type Runtime } from "@deepstyle/engine";
import type { Encoder } from "../encoders/encoder.ts";
import { opacityOf, type Mask } from "../image/mask.ts";
import { fitLongSide, type Raster } from "../image/raster.ts";
import { resize, resizePlanes } from "../image/resize.ts";
import { cosine, IterateAverage, type Optimiser } from "../optimisers/index.ts";
import {
  Checkpoints,
  expectStateOf,
  type OptimisationState,
  type StateKeeper,
} from "./checkpoint.ts";
import type { FeatureTerm } from "./criterion.ts";
import { guidedCriterion } from "./guide.ts";
import {
  blendTargets,
  loadObjective,
  measureStatistics,
  modelName,
  type LoadedObjective,
  type Targets,
} from "./objective.ts";
import { modelFilter, seenAt, smallestPainting, type StyleSource } from "./paintings.ts";
import type { Plan, Stage } from "./plan.ts";
import { Progress, workOf, type ProgressListener } from "./progress.ts";
import { regionTerms, type Region } from "./regions.ts";
import { smallParts, warningsOf } from "./smallParts.ts";
import { loadTiledObjective, measureInTiles } from "./tiledObjective.ts";

/** What {@link optimise} works with. */
export interface OptimiseOptions extends ProgressListener {
  readonly runtime: Runtime;
  readonly encoder: Encoder;
  readonly plan: Plan;
  readonly content: Raster;
  readonly styles: readonly StyleSource[];
  /** What terms of the criterion that are compared with a reference are compared with. */
  readonly reference?: Raster | undefined;
  /**
   * Share of the paintings in the statistics that are aimed at, from 0 to 1; the rest is the
   * photo's. 1 if left out.
   */
  readonly strength?: number;
  /** Parts of the picture with styles of their own, whose shares sum to 1; `styles` are for the rest. */
  readonly regions?: readonly Region<StyleSource>[];
  /** What the first stage starts from, resized to its size. */
  readonly initial: Raster;
  /** Keeps the state of the work, so that it can go on after the process has ended. */
  readonly checkpoints?: StateKeeper | undefined;
  /**
   * Reads a state that was kept, to go on from. Everything else must be as it was then; its arrays are
   * worked in.
   */
  readonly resumeFrom?: (() => Promise<OptimisationState>) | undefined;
  /** Called off work stops before the next evaluation. */
  readonly signal?: AbortSignal | undefined;
}

/** What the work came to. */
export interface OptimiseResult {
  readonly picture: Raster;
  /** Whether the work was called off before its end. */
  readonly interrupted: boolean;
  /** Steps done in all; with none the picture is what was started from. */
  readonly iterations: number;
  /** Evaluations of the objective, one forward and one backward pass each. */
  readonly evaluations: number;
}

/**
 * Optimises the pixels of a picture over all scales of a plan: Gatys' method with one scale, coarse
 * to fine with several. Where the signal is given, the picture at hand is the result.
 */
export async function optimise(options: OptimiseOptions): Promise<OptimiseResult> {
  const { plan, content } = options;
  const progress = new Progress(plan.stages, content, options);
  const checkpoints = new Checkpoints(options.checkpoints);
  let resumed = await options.resumeFrom?.();
  if (resumed !== undefined) {
    expectStateOf(plan, content, resumed);
    progress.goOn(resumed);
  }
  const first = resumed?.stage ?? 0;
  for (const warning of warningsOf(smallParts(options, first))) options.onWarning?.(warning);
  let optimiser = plan.createOptimiser();
  let picture = options.initial;
  for (const [i, stage] of plan.stages.entries()) {
    if (i < first) continue;
    const from = resumed && { step: resumed.step, average: resumed.average };
    const size = fitLongSide(content, stage.longSide);
    if (stage.isSmooth === true && plan.createSmoothOptimiser !== undefined)
      optimiser = plan.createSmoothOptimiser(size);
    else if (i > 0 && from === undefined) carryOver(optimiser, picture, size, plan.keepsState);
    if (resumed !== undefined) optimiser.restore(resumed.optimiser, resumed.pixels);
    const start =
      resumed === undefined
        ? clamped(resize(picture, size, "bicubic"))
        : { ...size, data: resumed.pixels };
    // The optimiser lets go of vectors that this would hold on to.
    resumed = undefined;
    const stateAt = (step: number): OptimisationState => ({
      ...{ stage: i, step, pixels: start.data, optimiser: optimiser.save(), ...progress.done },
    });
    // To load a large scale takes long: what has been done is safe first.
    if (i > 0 && from === undefined) await checkpoints.save(() => stateAt(0));
    let objective: LoadedObjective | undefined;
    try {
      objective = await loadStage(options, stage);
      const result = await runStage(options, stage, objective, optimiser, start, progress, {
        ...{ checkpoints, stateAt, from },
      });
      picture = result.picture;
      if (result.interrupted) return { picture, interrupted: true, ...progress.counts };
    } catch (error) {
      // In tiles it takes long before there is an iterate.
      if (options.signal?.aborted !== true) throw error;
      return { picture: start, interrupted: true, ...progress.counts };
    } finally {
      await objective?.dispose();
    }
  }
  return { picture, interrupted: false, ...progress.counts };
}

/** A picture that statistics are aimed at, and where in it. */
interface Model {
  readonly picture: Raster;
  readonly guide?: Mask | undefined;
  readonly weight: number;
}

/** Measures photo and paintings at the size of a stage and loads its objective. */
async function loadStage(
  options: OptimiseOptions,
  { longSide, tiles }: Stage,
): Promise<LoadedObjective> {
  const { runtime, encoder, plan, content, styles, reference, strength = 1, signal } = options;
  const size = fitLongSide(content, longSide);
  const photo = resize(content, size, modelFilter);
  const { criterion: divided, styleTerms } = regionTerms(plan.criterion, {
    ...{ encoder, photo, styles, regions: options.regions ?? [] },
  });
  const criterion = guidedCriterion(divided, opacityOf(photo));
  const smallest = (term: FeatureTerm): number =>
    smallestPainting(encoder, Object.keys(term.layers));
  const models = (term: FeatureTerm): readonly Model[] => {
    const seen = styleTerms.find((styleTerm) => styleTerm.term.name === term.name)?.styles;
    if (seen === undefined) return [{ picture: photo, guide: term.guide, weight: 1 }];
    const paintings = seen.map((style) => {
      const picture = seenAt(longSide, smallest(term), style);
      return { picture, guide: opacityOf(picture), weight: strength * style.weight };
    });
    return [...paintings, { picture: photo, guide: term.guide, weight: 1 - strength }].filter(
      ({ weight }) => weight > 0,
    );
  };
  const targets: Record<string, Targets[string]> = {};
  const measure = (term: FeatureTerm, { picture, guide }: Model): Promise<Targets> =>
    tiles === undefined
      ? measureStatistics(runtime, encoder, term, picture, guide)
      : measureInTiles(runtime, encoder, term, picture, { side: tiles.side, signal }, guide);
  for (const term of criterion.features) {
    // Tiles compare positions with those of the photo's tile.
    if (tiles !== undefined && term.loss.isLocal === true) continue;
    const measured: { statistics: Targets; weight: number }[] = [];
    for (const model of models(term))
      measured.push({ statistics: await measure(term, model), weight: model.weight });
    Object.assign(targets, await blendTargets(runtime, term, measured));
  }
  if (tiles !== undefined) {
    const compared = reference && resize(reference, size, modelFilter);
    const pictures = { targets, photo, reference: compared };
    return loadTiledObjective(runtime, encoder, criterion, size, pictures, {
      ...tiles,
      signal,
    });
  }
  for (const term of criterion.image) {
    if (term.model === undefined) continue;
    const { data } = term.model === "content" ? photo : resize(reference!, size, modelFilter);
    targets[modelName(term)] = tensor(data, [1, 3, size.height, size.width]);
  }
  return loadObjective(runtime, encoder, criterion, size, targets);
}

/** How a stage keeps its state, and what it goes on from. */
interface StageStates {
  readonly checkpoints: Checkpoints;
  readonly stateAt: (step: number) => OptimisationState;
  readonly from: { step: number; average: OptimisationState["average"] | undefined } | undefined;
}

async function runStage(
  { plan, signal }: OptimiseOptions,
  stage: Stage,
  objective: LoadedObjective,
  optimiser: Optimiser,
  { width, height, data }: Raster,
  progress: Progress,
  { checkpoints, stateAt, from }: StageStates,
): Promise<{ picture: Raster; interrupted: boolean }> {
  const pixels = data;
  const { averaging } = plan;
  const average = averaging === undefined ? undefined : new IterateAverage({ decay: averaging });
  if (from?.average !== undefined) average?.restore(from.average.mean, from.average.updates);
  const state = (step: number) => (): OptimisationState => ({
    ...stateAt(step),
    ...(average?.value && { average: { mean: average.value, updates: average.updates } }),
  });
  const done = from?.step ?? 0;
  const isLast = stage === plan.stages.at(-1);
  const picture = (): Raster =>
    clamped({ width, height, data: (average?.value ?? pixels).slice() });
  const evaluate = progress.watch(stage, objective, workOf(stage, { width, height }), done);
  // Few steps at a size: what they bring is noise unless they become small.
  const schedule = stage.isSmooth === true ? cosine() : plan.schedule;
  let reached = done;
  try {
    for (let i = done; i < stage.iterations; i++) {
      const factor = schedule?.(i, stage.iterations) ?? 1;
      const step = await optimiser.step(pixels, evaluate, { factor, ...(signal && { signal }) });
      average?.update(pixels);
      progress.report(step, picture);
      const hasEnded = step.status !== "running";
      reached = hasEnded ? stage.iterations : i + 1;
      if (isLast && reached === stage.iterations) await checkpoints.save(state(reached));
      else if (!hasEnded) await checkpoints.saveIfDue(state(reached));
      if (hasEnded) break;
    }
    if (isLast) {
      // Its vectors would lie beside the result.
      if (stage.tiles !== undefined) optimiser.reset();
      await progress.conclude(picture());
    }
    return { picture: picture(), interrupted: false };
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    // The last state was kept before its losses were looked at; an older one is worth more than none at all.
    if (reached < stage.iterations && progress.counts.iterations > 0)
      await checkpoints.save(state(reached));
    return { picture: picture(), interrupted: true };
  }
}

/** Tells the optimiser that the picture has become larger. */
function carryOver(
  optimiser: Optimiser,
  from: Raster,
  to: Pick<Raster, "width" | "height">,
  keepsState: boolean,
): void {
  if (!keepsState) {
    optimiser.reset();
    return;
  }
  // First moments bicubic, second ones bilinear, which cannot fall below 0: style-transfer-pytorch.
  optimiser.resample((vector, kind) =>
    resizePlanes(vector, from, to, kind === "signed" ? "bicubic" : "triangle"),
  );
}

function clamped({ width, height, data }: Raster): Raster {
  for (let i = 0; i < data.length; i++) data[i] = Math.min(Math.max(data[i]!, 0), 1);
  return { width, height, data };
}
