import { fitLongSide, type Raster, type Size } from "../image/raster.ts";
import type { Objective, StepResult } from "../optimisers/index.ts";
import { dot } from "../algebra/vector.ts";
import type { TraceRecord } from "./events.ts";
import { dreamLossAmong } from "./dreamTerms.ts";
import { styleLossAmong } from "./regions.ts";
import type { OptimisationState } from "./checkpoint.ts";
import type { LoadedObjective, Losses } from "./objective.ts";
import type { Stage } from "./plan.ts";

/** Who is told how the work goes. */
export interface ProgressListener {
  /**
   * Told about every iterate.
   *
   * @param picture - makes the picture as it would be handed over now
   */
  onIterate?(record: TraceRecord, secondsLeft: number, picture: () => Raster): void;
  /** Told once, as soon as an evaluation has been timed, how long the work should take. */
  onTimed?(seconds: number): void;
  /** Told what went wrong and was dealt with, one line each. */
  onWarning?(message: string): void;
}

/**
 * What it takes to measure photo and painting and to make room for a larger picture, in evaluations:
 * a forward pass each without Winograd's method, and a slow first evaluation.
 */
const evaluationsToLoad = 2;

/** Evaluations in tiles look at pictures twice, and overlap. */
const tiledWork = 4 / 3;

/** What a tile sees around it on each side, in pixels: up to relu5_1. */
const tileMargin = 80;

/**
 * What an evaluation takes besides its pixels, in pixels: starting layers and reading weights. VGG-19 took
 * 20 ms and 2.7 µs a pixel on two cores.
 */
const pixelsToStart = 7250;

/** What an evaluation at a scale takes, in pixels of one that is computed at once. */
export function workOf({ tiles }: Stage, { width, height }: Size): number {
  if (tiles === undefined) return width * height + pixelsToStart;
  const along = (length: number): number =>
    length <= tiles.side
      ? length
      : length * (tiles.side / Math.max(tiles.side - 2 * tileMargin, tileMargin));
  return tiledWork * along(width) * along(height) + pixelsToStart;
}

/** An optimiser that has made few steps says little about how often its line search looks twice. */
const iterationsOfTrust = 30;

/** Announced is what so many evaluations, or so many seconds of them, have shown. */
const announceAfter = { evaluations: 10, seconds: 3 };

/** More trial points than a line search looks at in one step. */
const maximumTrials = 32;

/** Keeps the books of an optimisation: iterations, evaluations, losses, time. */
export class Progress {
  /** Evaluations of the objective so far. */
  evaluations = 0;
  #evaluationsBefore = 0;
  readonly #stages: readonly Stage[];
  readonly #content: Raster;
  readonly #listener: ProgressListener;
  readonly #started = performance.now();
  /** Of work that this one goes on with. */
  #secondsBefore = 0;
  #iteration = 0;
  /** Iteration with which the present stage began. */
  #opening = 0;
  /** Evaluations of the step that opened the latest stage: its line search starts from nothing. */
  #evaluationsToOpen = 1;
  /** Evaluations of all steps that opened no stage. */
  #evaluationsBetween = 0;
  /** How many steps opened no stage. */
  #stepsBetween = 0;
  #stage: Stage;
  #objective: LoadedObjective | undefined;
  /** Losses of points evaluated since the last report, to be found by their total. */
  #recent: Losses[] = [];
  /** Latest evaluations of the present stage, in seconds per pixel of {@link workOf}. */
  #timings: number[] = [];
  /** Seconds from the start to the first evaluation: compiling a program, mostly. */
  #secondsToLoad: number | undefined;
  #announced = false;

  /** @param content - its proportions say how many pixels a stage has */
  constructor(stages: readonly Stage[], content: Raster, listener: ProgressListener) {
    this.#stages = stages;
    this.#stage = stages[0]!;
    this.#content = content;
    this.#listener = listener;
  }

  /**
   * The objective of a stage as an optimiser wants it, timed and counted.
   *
   * @param work - what an evaluation takes, in pixels; see {@link workOf}
   * @param done - steps of the stage that were done before
   */
  watch(stage: Stage, objective: LoadedObjective, work: number, done = 0): Objective {
    this.#stage = stage;
    this.#objective = objective;
    this.#opening = this.#iteration - done;
    this.#timings = [];
    this.#secondsToLoad ??= this.#elapsed();
    return async (x) => {
      const before = performance.now();
      const { total, terms, gradient } = await objective.evaluate(x);
      this.evaluations++;
      this.#time((performance.now() - before) / 1000 / work);
      this.#recent.push({ total, terms });
      return { loss: total, gradient };
    };
  }

  /** Steps and evaluations so far. */
  get counts(): { readonly iterations: number; readonly evaluations: number } {
    return { iterations: this.#iteration, evaluations: this.evaluations };
  }

  /** What has been done so far, for a state. */
  get done(): Pick<OptimisationState, "iteration" | "evaluations" | "recent" | "seconds"> {
    const { evaluations } = this;
    const seconds = this.#secondsBefore + this.#elapsed();
    return { iteration: this.#iteration, evaluations, recent: this.#recent, seconds };
  }

  /** Counts on from a state. */
  goOn({ iteration, evaluations, recent, seconds }: OptimisationState): void {
    this.#recent = [...recent];
    this.#iteration = iteration;
    this.evaluations = evaluations;
    this.#evaluationsBefore = evaluations;
    this.#secondsBefore = seconds;
  }

  /** Passes on what a step said. */
  report(step: StepResult, picture: () => Raster): void {
    if (step.warning !== undefined) this.#listener.onWarning?.(step.warning);
    const at = this.#recent.findLast(({ total }) => total === step.loss);
    if (at !== undefined) this.#record(at, step.gradientNorm, picture);
    // The point that the next step starts from may have been evaluated in this one.
    this.#recent = this.#recent.slice(-maximumTrials);
    if (this.#iteration === this.#opening) {
      this.#evaluationsToOpen = step.evaluations;
    } else {
      this.#evaluationsBetween += step.evaluations;
      this.#stepsBetween++;
    }
    this.#iteration++;
  }

  /** Evaluates the result, so that the last record speaks of what is handed over. */
  async conclude(picture: Raster): Promise<void> {
    const { gradient, ...losses } = await this.#objective!.evaluate(picture.data);
    this.evaluations++;
    this.#record(losses, Math.sqrt(dot(gradient, gradient)), () => picture);
  }

  #record({ total, terms }: Losses, gradientNorm: number, picture: () => Raster): void {
    const record: TraceRecord = {
      iteration: this.#iteration,
      scale: this.#stage.longSide,
      seconds: this.done.seconds,
      totalLoss: total,
      contentLoss: terms["content"] ?? 0,
      styleLoss: styleLossAmong(terms),
      tvLoss: terms["tv"] ?? 0,
      pixelLoss: terms["pixel"] ?? 0,
      detailLoss: terms["detail"] ?? 0,
      dreamLoss: dreamLossAmong(terms),
      gradientNorm,
    };
    this.#listener.onIterate?.(record, this.#secondsLeft(), picture);
  }

  #time(secondsPerPixel: number): void {
    this.#timings = [...this.#timings.slice(-8), secondsPerPixel];
    // The first evaluation has memory to allocate and says too much.
    const evaluations = this.evaluations - this.#evaluationsBefore;
    const planned = this.#stages.reduce((sum, { iterations }) => sum + iterations, 0);
    if (this.#announced || evaluations < Math.min(2, planned)) return;
    const enough = Math.min(announceAfter.evaluations, planned);
    const seconds = this.#elapsed() - (this.#secondsToLoad ?? 0);
    if (evaluations < enough && seconds < announceAfter.seconds) return;
    this.#announced = true;
    this.#listener.onTimed?.(this.#elapsed() + this.#secondsLeft());
  }

  #elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #secondsLeft(): number {
    const sorted = [...this.#timings].sort((a, b) => a - b);
    const secondsPerPixel = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const evaluationsPerStep =
      (this.#evaluationsBetween + iterationsOfTrust) / (this.#stepsBetween + iterationsOfTrust);
    const current = this.#stages.indexOf(this.#stage);
    return this.#stages.slice(current).reduce((seconds, stage, i) => {
      const { longSide, iterations } = stage;
      const work = workOf(stage, fitLongSide(this.#content, longSide));
      const secondsPerEvaluation = work * secondsPerPixel;
      if (i === 0) {
        const left = iterations - (this.#iteration - this.#opening);
        return seconds + left * evaluationsPerStep * secondsPerEvaluation;
      }
      const steps = this.#evaluationsToOpen + (iterations - 1) * evaluationsPerStep;
      const load = this.#secondsToLoad ?? 0;
      return seconds + load + (evaluationsToLoad + steps) * secondsPerEvaluation;
    }, 0);
  }
}
