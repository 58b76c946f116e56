import type { Runtime } from "@deepstyle/engine";
import type { Encoder } from "../encoders/encoder.ts";
import { OptionError } from "../errors.ts";
import { fillTransparent } from "../image/fillTransparent.ts";
import { opacityOf } from "../image/mask.ts";
import { expectRaster, type Raster } from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import { measureStatistics } from "../methods/objective.ts";
import type { Architecture, NetworkWeights } from "../nets/architecture.ts";
import { Batches, validationBatches, type Batch, type PhotoSource } from "./batches.ts";
import { photoSizeOf, scheduleOf, trainingCriterion, type TrainingOptions } from "./options.ts";
import { ReadAhead } from "./readAhead.ts";
import type { TrainingPlan } from "./trainingGraph.ts";
import {
  styleTables,
  Trainer,
  Validator,
  type TrainingLosses,
  type TrainingState,
  type Validation,
} from "./trainer.ts";
import { UpdateClock } from "./updateClock.ts";

/** State with the best network so far, by the validation photos. */
export interface TrainingProgress extends TrainingState {
  readonly best?: BestNetwork | undefined;
}

/** The network with the lowest loss on validation photos. */
export interface BestNetwork {
  readonly iteration: number;
  readonly total: number;
  readonly terms: Readonly<Record<string, number>>;
  readonly weights: NetworkWeights;
}

/** What happens while a network learns. */
export type TrainingEvent =
  | {
      readonly kind: "update";
      /** Updates so far, this one included. */
      readonly iteration: number;
      readonly of: number;
      readonly losses: TrainingLosses;
      readonly learningRate: number;
      /** Over the latest updates. */
      readonly imagesPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      readonly kind: "validation";
      readonly iteration: number;
      readonly validation: Validation;
      /** Whether no network before was better. */
      readonly isBest: boolean;
      /** Not one of the looks that are due: training was called off here, and goes on as if it was not taken. */
      readonly isExtra: boolean;
    };

/** A painting to learn. */
export interface PaintingToLearn {
  readonly picture: Raster;
  /** Shorter side in pixels at which it is looked at; the option `styleSize` if left out. */
  readonly size?: number | undefined;
}

/** What {@link train} works with. */
export interface TrainOptions {
  readonly runtime: Runtime;
  /** The loss network. */
  readonly encoder: Encoder;
  readonly options: TrainingOptions;
  readonly architecture: Architecture;
  /** One for each style of the architecture; of styles that are not learnt now any picture. */
  readonly paintings: readonly PaintingToLearn[];
  readonly photos: PhotoSource;
  /** Photos that are not learnt from, at least a batch of them. */
  readonly validation: readonly Raster[];
  /** Styles that are learnt now, by their numbers; the others stay as they are. All if left out. */
  readonly learns?: readonly number[];
  /** Where to go on from. */
  readonly start: TrainingProgress;
  /** Parameters that are trained. */
  readonly trains: TrainingPlan["trains"];
  /** Updates between two looks at the validation photos. */
  readonly validateEvery: number;
  /** Seconds between two checkpoints. */
  readonly checkpointSeconds: number;
  /**
   * Keeps what is needed to go on; called at the end as well, and where the start is the end.
   *
   * @param best - the network to use: where training was called off it may be better than that of
   *   `progress`, which knows nothing of the stop, so that what comes after it is the same as without
   */
  onCheckpoint(progress: TrainingProgress, best: BestNetwork | undefined): Promise<void>;
  /** Told how it goes. */
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Ends training after the update under way; the result is then the best network so far. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains an image transformation network with perceptual losses.
 *
 * Source: Johnson, Alahi, Fei-Fei 2016.
 *
 * @returns where training has come to; `best` is the network to use
 * @throws {OptionError} if there are fewer validation photos than in a batch
 */
export async function train(options: TrainOptions): Promise<TrainingProgress> {
  const { runtime, options: settings, start, validateEvery } = options;
  const isCalledOff = (): boolean => options.signal?.aborted === true;
  for (const { picture } of options.paintings) expectRaster(picture, "a painting");
  for (const photo of options.validation) expectRaster(photo, "a photo");
  const plan = planOf(options);
  const targets = await measurePaintings(options, plan);
  const validator = await Validator.start(runtime, plan, targets, heldOut(options));
  const trainer = await Trainer.start(runtime, plan, targets, start);
  const feeder = batchesOf(options);
  const { iterations, batch, accumulate } = settings;
  const clock = new UpdateClock({ iterations, imagesPerUpdate: batch * accumulate });
  let { best } = start;
  let saved = performance.now();
  const save = async (usable = best): Promise<void> => {
    await options.onCheckpoint({ ...(await trainer.state()), best }, usable);
    saved = performance.now();
  };
  try {
    // Whatever is made of the last state may not have been written when the process ended.
    if (start.iteration > 0 && start.iteration >= iterations) await save();
    while (trainer.iteration < iterations && !isCalledOff()) {
      const learningRate =
        settings.learningRate * scheduleOf(settings)(trainer.iteration, iterations);
      const batches = await feeder.next(trainer.iteration);
      const losses = await trainer.update(batches, learningRate);
      const { iteration } = trainer;
      options.onEvent?.({ kind: "update", losses, learningRate, ...clock.tick(iteration) });
      const isLast = iteration === iterations;
      const isDue = isLast || iteration % validateEvery === 0;
      if (isDue) best = await validate(options, trainer, validator, best);
      if (isCalledOff()) {
        const usable = isDue ? best : await validate(options, trainer, validator, best, true);
        await save(usable);
        return { ...(await trainer.state()), best: usable };
      }
      if (isLast || performance.now() - saved > options.checkpointSeconds * 1000) await save();
    }
    return { ...(await trainer.state()), best };
  } finally {
    await trainer.dispose();
    await validator.dispose();
  }
}

function planOf({ encoder, options, architecture, trains }: TrainOptions): TrainingPlan {
  const { batch, size, accumulate, stabilityWeight } = options;
  const criterion = trainingCriterion(options);
  return { architecture, encoder, criterion, batch, size, accumulate, stabilityWeight, trains };
}

async function measurePaintings(
  { runtime, encoder, paintings, options }: TrainOptions,
  { criterion }: TrainingPlan,
) {
  const style = criterion.features.find(({ name }) => name === "style")!;
  const measured = [];
  for (const { picture, size = options.styleSize } of paintings) {
    const seen = withShortSide(fillTransparent(picture), size);
    measured.push(await measureStatistics(runtime, encoder, style, seen, opacityOf(seen)));
  }
  return styleTables(measured);
}

function withShortSide(picture: Raster, shortSide: number): Raster {
  const factor = shortSide / Math.min(picture.width, picture.height);
  const width = Math.round(picture.width * factor);
  const height = Math.round(picture.height * factor);
  return factor === 1 ? picture : resize(picture, { width, height }, "triangle");
}

function heldOut({ validation, options, architecture, learns }: TrainOptions): Batch[] {
  const { batch, size } = options;
  if (validation.length < batch)
    throw new OptionError(
      `validation needs at least ${batch} photos, a batch; got ${validation.length}. Give more photos or a smaller batch.`,
    );
  const { styles } = architecture;
  const photoSize = photoSizeOf(options);
  return validationBatches(validation, { batch, size, photoSize, styles, learns });
}

/** The batches of each update. */
function batchesOf({ photos, options, architecture, learns }: TrainOptions) {
  const { batch, size, seed, stabilityWeight, accumulate } = options;
  const numbered = new Batches({
    source: photos,
    batch,
    size,
    photoSize: photoSizeOf(options),
    styles: architecture.styles,
    learns,
    seed,
    motion: stabilityWeight > 0,
  });
  return new ReadAhead(async (iteration) => {
    const batches: Batch[] = [];
    for (let i = 0; i < accumulate; i++)
      batches.push(await numbered.at(iteration * accumulate + i));
    return batches;
  });
}

async function validate(
  { onEvent }: TrainOptions,
  trainer: Trainer,
  validator: Validator,
  best: BestNetwork | undefined,
  isExtra = false,
): Promise<BestNetwork | undefined> {
  const { iteration } = trainer;
  const weights = await trainer.weights();
  const validation = await validator.measure(weights);
  const { total, terms } = validation;
  const isBest = Number.isFinite(total) && total < (best?.total ?? Infinity);
  onEvent?.({ kind: "validation", iteration, validation, isBest, isExtra });
  return isBest ? { iteration, total, terms, weights } : best;
}
