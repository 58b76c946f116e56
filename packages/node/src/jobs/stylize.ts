import {
  encodersOf,
  layersOf,
  OptionError,
  recipeOptions,
  planOf,
  settleRecipe,
  stagesWithin,
  stylizeRaster,
  type RecipeOptions,
  type SettledRecipe,
  type StateKeeper,
  type StylizeEvent,
  type StylizeRasterResult,
} from "@deepstyle/core";
import type { Device, Runtime } from "@deepstyle/engine";
import { checkpointPlaces } from "../checkpoint/checkpointFiles.ts";
import { FileError } from "../errors.ts";
import { locked } from "../checkpoint/lock.ts";
import type { ReadImageOptions } from "../media/imageFile.ts";
import { usableMemory } from "../system/memory.ts";
import { ModelStore, type ModelOptions, type WeightsOrigin } from "../models/modelStore.ts";
import { loadRegion, type PaintedRegion, type RegionOrigin } from "./regions.ts";
import {
  expectSameWork,
  readPictureCheckpoint,
  versionsWarning,
  writePictureCheckpoint,
  type PictureCheckpoint,
} from "../checkpoint/pictureCheckpoint.ts";
import { expectPlaces } from "../system/places.ts";
import type { CheckpointWork } from "../checkpoint/pictureCheckpointHeader.ts";
import { withRuntime, type MachineOptions } from "../runtime/withRuntime.ts";
import {
  loadPicture,
  warningsTo,
  type LoadedPicture,
  type PictureInput,
  type Source,
} from "../media/source.ts";
import { sourcePlaces } from "./sourcePlaces.ts";

/** A painting and its share in the style; shares are scaled to sum to 1. */
export interface WeightedStyle {
  /** An image file, or a picture in memory. */
  readonly picture: PictureInput;
  /** Above 0; 1 if left out. */
  readonly weight?: number | undefined;
}

/** What {@link stylize} works with, besides the options of the recipe. */
export interface StylizeOptions extends RecipeOptions, MachineOptions, ModelOptions {
  /** The photo: an image file, or a picture in memory. */
  readonly content: PictureInput;
  /** The paintings, at least one: image files or pictures, with or without shares. */
  readonly styles: readonly (PictureInput | WeightedStyle)[];
  /** Parts of the photo with paintings of their own; `styles` are for what they leave. */
  readonly regions?: readonly PaintedRegion[] | undefined;
  /** A painting whose strokes the others are given before: large forms of theirs, the brush of this. */
  readonly fineStyle?: PictureInput | undefined;
  /** The picture to start from, for `init: "picture"`. */
  readonly initial?: PictureInput | undefined;
  /** What the picture is to be near pixel by pixel, for `pixelLoss`; of the photo's proportions. */
  readonly reference?: PictureInput | undefined;
  /**
   * Bytes that may be used, this process included; what is free if left out. A picture that needs more
   * is worked on in tiles.
   */
  readonly memory?: number | undefined;
  /**
   * A file that keeps the state of the work until the picture is there: remove it when that is written. None
   * if left out. Only one run at a time can have it; an existing file is replaced if it is the checkpoint of
   * a picture.
   */
  readonly checkpoint?: string | undefined;
  /** Seconds between two writes of it at least, 0 for one after every step; 60 if left out. */
  readonly checkpointSeconds?: number | undefined;
  /** Whether only work in tiles, which is long, is worth a checkpoint. */
  readonly checkpointsInTilesOnly?: boolean | undefined;
  /** Goes on from the checkpoint, of the same pictures and options, as if nothing had happened. */
  readonly resume?: boolean | undefined;
  /** Ends the work early; the result is then the best picture so far. */
  readonly signal?: AbortSignal | undefined;
  /** Iterations after which the picture so far is wanted; it comes as an event. */
  readonly snapshots?: readonly number[] | undefined;
  /** Told about plan, iterations, snapshots and warnings. */
  readonly onEvent?: ((event: StylizeEvent) => void) | undefined;
}

/** A painting that went into a picture. */
export interface StyleOrigin extends Source {
  /** Its share, as given: shares of several paintings need not sum to 1. */
  readonly weight: number;
}

/** Everything that went into a picture. */
export interface Sources {
  /** The photo. */
  readonly content: Source;
  /** The paintings. */
  readonly styles: readonly StyleOrigin[];
  /** Parts of the photo that had paintings of their own. */
  readonly regions?: readonly RegionOrigin[];
  /** The painting whose strokes the others were given. */
  readonly fineStyle?: Source;
  /** The picture that was started from, for `init: "picture"`. */
  readonly initial?: Source;
  /** What the picture was compared with by `pixelLoss`. */
  readonly reference?: Source;
  /** The weights of the encoders that were looked at, by the encoders' names. */
  readonly weights: Readonly<Record<string, WeightsOrigin>>;
}

/** A finished, or interrupted, picture, how it came about and on what. */
export interface StylizeResult extends StylizeRasterResult {
  /** What went in. */
  readonly sources: Sources;
  /** Where it was computed. */
  readonly device: Device;
  /** Threads of the CPU. */
  readonly threads: number;
  /** Bytes that the work was planned for, where it was done in tiles. */
  readonly memory?: number;
  /** The file that keeps the state of the work, where there is one. */
  readonly checkpoint?: string;
}

/**
 * Paints a photo in the style of one or more paintings: the main job.
 *
 * @param options - photo and paintings; any option of the recipe, the rest is chosen by the method
 * @returns the picture; write it with {@link writeImage}
 * @throws {OptionError} if an option is unknown or out of its range, the size does not fit in
 *   memory even in tiles; the message says which does; or the checkpoint would take the place of another file
 * @throws {MediaError} if an image cannot be read
 * @throws {WeightsError} if the encoder's weights are missing or damaged
 * @throws {RuntimeUnavailableError} if the machine does not offer the device
 * @throws {FileError} if the checkpoint cannot be written at all, or another run has it; later failures are
 *   warnings
 */
export async function stylize(options: StylizeOptions): Promise<StylizeResult> {
  const { resume = false, ...others } = options;
  const { checkpoint } = others;
  if (!resume) return await stylizeFrom(undefined, others);
  if (checkpoint === undefined)
    throw new OptionError("resume goes on from a checkpoint; got none. Name its file.");
  return await locked(checkpoint, async () =>
    stylizeFrom(await readPictureCheckpoint(checkpoint), others),
  );
}

/** @param resumed - what is gone on from; its lock is held */
async function stylizeFrom(
  resumed: PictureCheckpoint | undefined,
  options: Omit<StylizeOptions, "resume">,
): Promise<StylizeResult> {
  const {
    content,
    styles,
    regions = [],
    fineStyle,
    initial,
    reference,
    models,
    signal,
    ...rest
  } = options;
  const { device, threads, runtime, onEvent, snapshots = [], ...others } = rest;
  const { checkpoint, checkpointsInTilesOnly = false, ...timed } = others;
  const { checkpointSeconds = 60, ...sized } = timed;
  // Tiles are to be those of before, whatever is free now.
  const { memory: asked, ...given } = sized;
  const memory = asked === undefined && resumed ? resumed.memory : usableMemory(asked);
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const encoder = given.encoder ?? (await store.usualEncoder());
  const recipe = settleRecipe(recipeOptions.parse({ ...given, encoder }));
  expectSnapshots(snapshots, recipe);
  const paintings = styles.map(weighted);
  // What is read for a small picture need not be decoded at its own size.
  const reading = { memory, size: recipe.size, onWarning: warningsTo(onEvent) };
  const ofPaintings = { ...reading, size: recipe.size * recipe.styleScale };
  const photo = await loadPicture(content, "the photo", reading);
  const { criterion, stages } = planOf(recipe, photo.picture);
  const encoders = encodersOf(layersOf(criterion), recipe.encoder);
  // What cannot be done is said before a runtime is started.
  const planned = stagesWithin(stages, {
    ...{ memory, encoders, content: photo.picture, optimizer: recipe.optimizer },
    regions: regions.length,
  });
  const inTiles = planned.some(({ tiles }) => tiles !== undefined);
  const paints = await Promise.all(
    paintings.map(({ picture }) => loadPicture(picture, "a painting", ofPaintings)),
  );
  const areas = await Promise.all(
    regions.map((region) => loadRegion(region, reading, ofPaintings)),
  );
  const [fine, start, compared] = await Promise.all([
    loadIfGiven(fineStyle, "the fine style", ofPaintings),
    loadIfGiven(initial, "the picture to start from", reading),
    loadIfGiven(reference, "the reference", reading),
  ]);
  const sources: Sources = {
    content: photo.source,
    styles: paints.map(({ source }, i) => ({ ...source, weight: paintings[i]!.weight })),
    ...(areas.length > 0 && { regions: areas.map(({ origin }) => origin) }),
    ...(fine && { fineStyle: fine.source }),
    ...(start && { initial: start.source }),
    ...(compared && { reference: compared.source }),
    weights: await store.origins(encoders),
  };
  const isLong = inTiles || resumed !== undefined || !checkpointsInTilesOnly;
  const kept = checkpoint !== undefined && isLong && checkpoint;
  const work = { ...recipe, ...withoutPaths(sources), memory };
  if (resumed !== undefined) {
    expectSameWork(checkpoint!, resumed, work);
    const message = versionsWarning(checkpoint!, resumed);
    if (message !== undefined) onEvent?.({ kind: "warning", message });
  }
  if (kept !== false)
    await expectPlaces({
      reads: sourcePlaces(sources),
      writes: await checkpointPlaces(kept, "picture", {
        role: "the checkpoint",
        remedy: "Choose another name for it.",
      }),
    });
  const unlocked = kept !== false && resumed === undefined ? kept : undefined;
  return await runHolding(unlocked, { device, threads, runtime }, async (open) => ({
    ...(await stylizeRaster({
      runtime: open,
      loadEncoder: (name, encoderOptions) => store.loadEncoder(name, encoderOptions),
      content: photo.picture,
      styles: paints.map(({ picture }, i) => ({ picture, weight: paintings[i]!.weight })),
      regions: areas.map(({ region }) => region),
      fineStyle: fine?.picture,
      initial: start?.picture,
      reference: compared?.picture,
      recipe,
      snapshots,
      memory,
      resumeFrom: resumed?.state,
      ...(kept !== false && {
        checkpoints: keeperOf(kept, checkpointSeconds, { memory, work }, onEvent),
      }),
      signal,
      ...(onEvent && { onEvent }),
    })),
    sources,
    device: open.device,
    threads: open.threads,
    ...(inTiles && { memory }),
    ...(kept !== false && { checkpoint: kept }),
  }));
}

/** Runs something with a runtime while no other run has a checkpoint; one that is undefined needs no lock. */
async function runHolding<T>(
  checkpoint: string | undefined,
  machine: MachineOptions,
  work: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const run = (): Promise<T> => withRuntime(machine, work);
  return await (checkpoint === undefined ? run() : locked(checkpoint, run));
}

/** Writes checkpoints; one that cannot be written is told once and does not end the work. */
function keeperOf(
  path: string,
  every: number,
  of: Pick<PictureCheckpoint, "memory" | "work">,
  onEvent: StylizeOptions["onEvent"],
): StateKeeper {
  let hasFailed = false;
  return {
    every,
    save: async (state) => {
      try {
        await writePictureCheckpoint(path, state, of);
        hasFailed = false;
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        if (!hasFailed)
          onEvent?.({
            kind: "warning",
            message: `${error.message} The work goes on without a checkpoint.`,
            notWritten: path,
          });
        hasFailed = true;
      }
    },
  };
}

/** Moved or renamed files are still the same work. */
function withoutPaths(sources: Sources): CheckpointWork {
  return JSON.parse(
    JSON.stringify(sources, (key, value: unknown) => (key === "path" ? undefined : value)),
  ) as CheckpointWork;
}

async function loadIfGiven(
  given: PictureInput | undefined,
  what: string,
  options: ReadImageOptions,
): Promise<LoadedPicture | undefined> {
  return given === undefined ? undefined : await loadPicture(given, what, options);
}

function weighted(style: PictureInput | WeightedStyle): Required<WeightedStyle> & {
  readonly weight: number;
} {
  if (!isWeighted(style)) return { picture: style, weight: 1 };
  const { picture, weight = 1 } = style;
  if (!(weight > 0 && Number.isFinite(weight)))
    throw new OptionError(`the weight of a style must be a number above 0; got ${weight}.`);
  return { picture, weight };
}

function isWeighted(style: unknown): style is WeightedStyle {
  return typeof style === "object" && style !== null && "picture" in style;
}

function expectSnapshots(snapshots: readonly number[], recipe: SettledRecipe): void {
  const of = planOf(recipe).stages.reduce((sum, { iterations }) => sum + iterations, 0);
  const wrong = snapshots.find((at) => !(Number.isInteger(at) && at >= 1 && at <= of));
  if (wrong === undefined) return;
  throw new OptionError(
    `snapshots must be whole numbers from 1 to ${of}, the number of iterations; got ${wrong}.`,
  );
}
