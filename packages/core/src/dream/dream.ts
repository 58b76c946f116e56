import { seededRandom, type Rng, type Runtime } from "@deepstyle/engine";
import { expectLayers, type Encoder, type EncoderOptions } from "../encoders/encoder.ts";
import { jointEncoder } from "../encoders/joint.ts";
import { withAlphaOf } from "../image/alpha.ts";
import { fillTransparent } from "../image/fillTransparent.ts";
import { opacityOf, shareOf, type Mask } from "../image/mask.ts";
import { expectRaster, fitLongSide, type Raster, type Size } from "../image/raster.ts";
import { resize, resizePlanes } from "../image/resize.ts";
import { rollPlanes } from "../image/roll.ts";
import { layersOf, type Criterion } from "../methods/criterion.ts";
import { dreamTerms } from "../methods/dreamTerms.ts";
import {
  loadObjective,
  measureStatistics,
  type LoadedObjective,
  type Targets,
} from "../methods/objective.ts";
import type { Stage } from "../methods/plan.ts";
import { Progress } from "../methods/progress.ts";
import { NormalisedSteps } from "../optimisers/index.ts";
import type { StylizeEvent, TraceRecord } from "../methods/events.ts";
import { dreamMemory } from "./dreamMemory.ts";
import {
  dreamEncoders,
  dreamOptions,
  octavesOf,
  settleDream,
  type DreamRecipeOptions,
  type SettledDream,
} from "./options.ts";

/** What {@link dreamRaster} works with. */
export interface DreamRasterOptions {
  /** Where to compute. */
  readonly runtime: Runtime;
  /** Loads the networks that the layers belong to. */
  loadEncoder(name: string, options: Required<EncoderOptions>): Promise<Encoder>;
  readonly photo: Raster;
  readonly recipe?: DreamRecipeOptions;
  readonly signal?: AbortSignal | undefined;
  /** Told what happens. */
  readonly onEvent?: ((event: StylizeEvent) => void) | undefined;
}

/** A finished, or interrupted, dream and how it came about. */
export interface DreamRasterResult {
  /** Has the photo's transparency, if any. */
  readonly picture: Raster;
  /** Whether the signal ended the work; the picture is then the best so far, at full size. */
  readonly interrupted: boolean;
  /** What was done, every option settled. */
  readonly recipe: SettledDream;
  /** Steps done; with none the picture is the photo. */
  readonly iterations: number;
  /** Forward and backward passes. */
  readonly evaluations: number;
  readonly seconds: number;
  /** Losses of the last iterate that was looked at. */
  readonly losses: TraceRecord | undefined;
}

/** How the networks are set up: as trained, but without a frame. */
const encoderOptions: Required<EncoderOptions> = { pooling: "max", edge: "replicate" };

/** Positions that each layer must have along both sides. */
const fewestPositions = 2;

/** Bilinear, as in the program of Mordvintsev et al. */
const filter = "triangle";

/**
 * Deep dream: enhances in a photo what layers of a network see in it, from small sizes to large ones.
 * What was dreamt at one size is carried over to the next, and added to the photo at that size, which
 * so stays sharp.
 *
 * @throws {OptionError} if an option is unknown or out of its range, or the photo is none
 *
 * Source: Mordvintsev, Olah, Tyka 2015, google/deepdream: octaves, jitter, steps of equal length.
 * Departures: the loss, {@link dreamLoss}, whose slope at a single layer has another length and the
 * same direction; the photo is shrunk by a filter that takes all pixels into account, and its edge is
 * repeated for the first convolution.
 */
export async function dreamRaster(given: DreamRasterOptions): Promise<DreamRasterResult> {
  const { runtime, signal, onEvent } = given;
  const started = performance.now();
  expectRaster(given.photo, "the photo");
  const photo = fillTransparent(given.photo);
  const recipe = settleDream(dreamOptions.parse(given.recipe ?? {}), photo);
  const criterion: Criterion = { features: dreamTerms(recipe.layers, 1), image: [] };
  const encoder = await loadNetworks(given, recipe, layersOf(criterion));
  const octaves = octavesOf(recipe, photo, thinnest(encoder, layersOf(criterion)));
  const iterations = octaves.reduce((sum, octave) => sum + octave.iterations, 0);
  const secondsBefore = (performance.now() - started) / 1000;
  let losses: TraceRecord | undefined;
  const progress = new Progress(octaves, photo, {
    onTimed: (seconds) =>
      onEvent?.({
        kind: "plan",
        stages: octaves,
        iterations,
        seconds: secondsBefore + seconds,
        bytes: dreamMemory(fitLongSide(photo, recipe.size), dreamEncoders(recipe)),
      }),
    onIterate: (record, secondsLeft, pictureNow) => {
      losses = record;
      const picture = (): Raster => withAlphaOf(photo, pictureNow());
      onEvent?.({ kind: "iteration", record, of: iterations, secondsLeft, picture });
    },
    onWarning: (message) => onEvent?.({ kind: "warning", message }),
  });
  const { detail, interrupted, answered } = await dreamOctaves({
    runtime,
    encoder,
    criterion,
    recipe,
    octaves,
    photo,
    progress,
    signal,
  });
  if (!answered && !interrupted)
    onEvent?.({
      kind: "warning",
      message: `nothing in the photo excites ${Object.keys(recipe.layers).join(", ")}: the picture is the photo. Choose another layer or channel.`,
    });
  const base = resize(photo, fitLongSide(photo, recipe.size), filter);
  return {
    picture: withAlphaOf(photo, withDetail(base, detail)),
    interrupted,
    recipe,
    ...progress.counts,
    seconds: (performance.now() - started) / 1000,
    losses,
  };
}

/** @throws {OptionError} if one of the layers does not exist */
async function loadNetworks(
  given: DreamRasterOptions,
  recipe: SettledDream,
  layers: readonly string[],
): Promise<Encoder> {
  const encoder = jointEncoder(
    await Promise.all(dreamEncoders(recipe).map((name) => given.loadEncoder(name, encoderOptions))),
  );
  expectLayers(encoder, layers);
  return encoder;
}

function thinnest(encoder: Encoder, layers: readonly string[]): number {
  return fewestPositions * Math.max(...layers.map((layer) => encoder.stride(layer)));
}

/** What was dreamt, as a difference from the photo at one size: planar RGB. */
interface Detail extends Size {
  readonly data: Float32Array;
}

/** What {@link dreamOctaves} works with. */
interface Dream {
  readonly runtime: Runtime;
  readonly encoder: Encoder;
  readonly criterion: Criterion;
  readonly recipe: SettledDream;
  readonly octaves: readonly Stage[];
  readonly photo: Raster;
  readonly progress: Progress;
  readonly signal: AbortSignal | undefined;
}

/** What came of all octaves, or of those before the work was called off. */
interface Dreamt {
  readonly detail: Detail | undefined;
  readonly interrupted: boolean;
  /** Whether there was anything to enhance. */
  readonly answered: boolean;
}

async function dreamOctaves(dream: Dream): Promise<Dreamt> {
  const { runtime, encoder, criterion, recipe, octaves, photo, progress, signal } = dream;
  const random = seededRandom(recipe.seed);
  let detail: Detail | undefined;
  let answered = false;
  for (const octave of octaves) {
    const size = fitLongSide(photo, octave.longSide);
    const base = resize(photo, size, filter);
    const { data } = withDetail(base, detail);
    const opacity = opacityOf(base);
    const objective = await loadOctave(runtime, encoder, criterion, base, opacity);
    const shifted = visibleOnly(jittered(objective, size, recipe.jitter, random), opacity);
    const evaluate = progress.watch(octave, shifted, size.width * size.height);
    // Steps have a mean length over all pixels, of which only the visible ones move.
    const moving = opacity === undefined ? 1 : shareOf(opacity);
    const steps = new NormalisedSteps({
      lr: (moving * recipe.stepSize) / 255,
      bounds: { lower: 0, upper: 1 },
    });
    const picture = (): Raster => ({ ...size, data });
    try {
      for (let i = 0; i < octave.iterations; i++) {
        const step = await steps.step(data, evaluate, signal ? { signal } : {});
        answered ||= step.gradientNorm > 0;
        progress.report(step, picture);
        if (step.status !== "running") break;
      }
      if (octave === octaves.at(-1)) await progress.conclude(picture());
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      return { detail: difference(base, data), interrupted: true, answered };
    } finally {
      await objective.dispose();
    }
    detail = difference(base, data);
  }
  return { detail, interrupted: false, answered };
}

/** Measures the photo at the size of an octave and loads the objective. */
async function loadOctave(
  runtime: Runtime,
  encoder: Encoder,
  criterion: Criterion,
  photo: Raster,
  opacity: Mask | undefined,
): Promise<LoadedObjective> {
  const targets: Record<string, Targets[string]> = {};
  const guide = opacity !== undefined && shareOf(opacity) > 0 ? opacity : undefined;
  for (const term of criterion.features)
    Object.assign(targets, await measureStatistics(runtime, encoder, term, photo, guide));
  return loadObjective(runtime, encoder, criterion, photo, targets);
}

/**
 * An objective that sees the picture shifted, each time by another distance: what repeats with the
 * network's grid is then averaged away.
 */
function jittered(
  objective: LoadedObjective,
  size: Size,
  jitter: number,
  random: Rng,
): LoadedObjective {
  const draw = (): number => random.integer(2 * jitter + 1) - jitter;
  return {
    ...objective,
    evaluate: async (pixels) => {
      const [x, y] = [draw(), draw()];
      const result = await objective.evaluate(rollPlanes(pixels, size, { x, y }));
      return { ...result, gradient: rollPlanes(result.gradient, size, { x: -x, y: -y }) };
    },
  };
}

/** An objective that leaves what is transparent as it is. */
function visibleOnly(objective: LoadedObjective, opacity: Mask | undefined): LoadedObjective {
  if (opacity === undefined) return objective;
  const { data } = opacity;
  return {
    ...objective,
    evaluate: async (pixels) => {
      const result = await objective.evaluate(pixels);
      const gradient = result.gradient.map((slope, i) => slope * data[i % data.length]!);
      return { ...result, gradient };
    },
  };
}

/** A picture with what was dreamt, at whatever size, in [0, 1]. */
function withDetail(picture: Raster, detail: Detail | undefined): Raster {
  const { width, height, data } = picture;
  if (detail === undefined) return { width, height, data: data.slice() };
  const added = resizePlanes(detail.data, detail, picture, filter);
  for (let i = 0; i < data.length; i++) added[i] = Math.min(Math.max(data[i]! + added[i]!, 0), 1);
  return { width, height, data: added };
}

function difference({ width, height, data: base }: Raster, data: Float32Array): Detail {
  return { width, height, data: data.map((value, i) => value - base[i]!) };
}
