import { ReadAhead } from "../train/readAhead.ts";
import { UpdateClock } from "../train/updateClock.ts";
import type { Runtime, Tensor } from "@deepstyle/engine";
import type { Encoder } from "../encoders/encoder.ts";
import { liteFeatures, liteTaps } from "../encoders/lite.ts";
import type { ConvParameters } from "../encoders/vgg19.ts";
import type { Raster } from "../image/raster.ts";
import type { NetworkWeights } from "../nets/architecture.ts";
import type { PhotoSource } from "../train/batches.ts";
import type { TrainingLosses, TrainingState } from "../train/trainer.ts";
import { Agreements, type Agreement } from "./agreement.ts";
import { Crops } from "./crops.ts";
import {
  distilPoolings,
  learntTaps,
  liteInputs,
  type DistilPlan,
  type DistilPooling,
} from "./distilGraph.ts";
import {
  Distiller,
  distilState,
  liteFeeds,
  measurePrecisions,
  type DistilBatch,
  type Precisions,
} from "./distiller.ts";
import { distilRate, type DistilOptions } from "./options.ts";
import { liteStart } from "./start.ts";

/** VGG-19 in all forms that distillation needs, normalised for average pooling. */
export interface Teacher {
  readonly encoders: Readonly<Record<DistilPooling, Encoder>>;
  readonly parameters: readonly ConvParameters[];
}

/** State with the best network so far, by the pictures put aside. */
export interface DistilProgress extends TrainingState {
  /** Weights of squared errors: part of what is minimised. */
  readonly precisions: Precisions;
  readonly best?: BestLite | undefined;
}

/** The network that explains most of VGG-19's variance on the pictures put aside. */
export interface BestLite {
  readonly iteration: number;
  /** Mean over layers and poolings. */
  readonly explained: number;
  readonly agreement: Readonly<Record<DistilPooling, Agreement>>;
  readonly weights: NetworkWeights;
}

/** What is to be said of the best weights. */
export type BestFacts = Omit<BestLite, "weights">;

/** The facts about the best weights without the weights. */
export function factsOf({ iteration, explained, agreement }: BestLite): BestFacts {
  return { iteration, explained, agreement };
}

/** What happens during distillation. */
export type DistilEvent =
  | { readonly kind: "start"; readonly layer: string }
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
      /** Mean over layers and poolings. */
      readonly explained: number;
      readonly agreement: BestLite["agreement"];
      /** Whether no network before was better. */
      readonly isBest: boolean;
      /** Not one of the looks that are due: the work was called off here, and goes on as if it was not taken. */
      readonly isExtra: boolean;
    };

/** What {@link distilBeginning} works with. */
export interface DistilBeginningOptions {
  readonly runtime: Runtime;
  readonly teacher: Teacher;
  readonly options: DistilOptions;
  /** Folders of pictures, each drawn from as often as the others. */
  readonly sources: readonly PhotoSource[];
  /** Weights to start from; computed from VGG-19's if left out. */
  readonly weights?: NetworkWeights | undefined;
  /** Told how it goes. */
  readonly onEvent?: ((event: DistilEvent) => void) | undefined;
}

/** Crops for the start come from another stream than those that are learnt from. */
const startStream = 2 ** 31;
/** Crops measured at once. */
const startBatch = 8;

/** The state before the first update: weights in closed form, or those given. */
export async function distilBeginning(given: DistilBeginningOptions): Promise<DistilProgress> {
  const { runtime, teacher, options, sources, onEvent } = given;
  const { size, seed, startCrops } = options;
  const crops = new Crops({ sources, size, seed: seed + startStream });
  const pictures: Tensor<"float32">[] = [];
  for (let first = 0; first < startCrops; first += startBatch)
    pictures.push(await crops.at(first, startBatch));
  const precisions = await measurePrecisions(runtime, teacher.encoders, pictures);
  const weights =
    given.weights ??
    (await liteStart({
      runtime,
      teacher: teacher.encoders.average,
      parameters: teacher.parameters,
      pictures,
      onLayer: (layer) => onEvent?.({ kind: "start", layer }),
    }));
  return { ...distilState(weights), precisions };
}

/** What {@link distil} works with. */
export interface DistilRunOptions extends Omit<DistilBeginningOptions, "weights"> {
  /** Pictures that are not learnt from. */
  readonly validation: readonly Raster[];
  /** Where to go on from. */
  readonly start: DistilProgress;
  /** Updates between two looks at the pictures put aside. */
  readonly validateEvery: number;
  /** Seconds between two checkpoints. */
  readonly checkpointSeconds: number;
  /**
   * Keeps what is needed to go on; called at the end as well, and where the start is the end.
   *
   * @param best - the network to use: where the work was called off it may be better than that of
   *   `progress`, which knows nothing of the stop, so that what comes after it is the same as without
   */
  onCheckpoint(progress: DistilProgress, best: BestLite): Promise<void>;
  /** Ends the work after the update under way. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains lite to compute what VGG-19 computes.
 *
 * @returns where it has come to; `best` is the network to use
 * @throws {OptionError} if no picture can be read
 */
export async function distil(given: DistilRunOptions): Promise<DistilProgress> {
  const { runtime, options, start, validateEvery } = given;
  const isCalledOff = (): boolean => given.signal?.aborted === true;
  const distiller = await Distiller.start(runtime, planOf(given), start.precisions, start);
  const validator = await Validator.start(given);
  const feeder = cropsOf(given);
  const clock = new UpdateClock({
    iterations: options.iterations,
    imagesPerUpdate: distilPoolings.length * options.batch,
  });
  let { best } = start;
  let saved = performance.now();
  const state = async (kept = best): Promise<DistilProgress> => ({
    ...(await distiller.state(start.weights)),
    precisions: start.precisions,
    best: kept,
  });
  const validate = async (isExtra = false): Promise<BestLite> => {
    const { iteration, weights } = await state();
    const { agreement, explained } = await validator.measure(weights);
    const isBest = best === undefined || explained > best.explained;
    given.onEvent?.({ kind: "validation", iteration, explained, agreement, isBest, isExtra });
    return isBest ? { iteration, explained, agreement, weights } : best!;
  };
  const save = async (usable = best): Promise<void> => {
    await given.onCheckpoint(await state(), usable!);
    saved = performance.now();
  };
  try {
    if (distiller.iteration === 0) best = await validate();
    // Whatever is made of the last state may not have been written when the process ended.
    else if (distiller.iteration >= options.iterations) await save();
    while (distiller.iteration < options.iterations && !isCalledOff()) {
      const learningRate = distilRate(options, distiller.iteration);
      const batch = await feeder.next(distiller.iteration);
      const losses = await distiller.step(batch, learningRate);
      const { iteration } = distiller;
      given.onEvent?.({ kind: "update", losses, learningRate, ...clock.tick(iteration) });
      const isLast = iteration === options.iterations;
      const isDue = isLast || iteration % validateEvery === 0;
      if (isDue) best = await validate();
      if (isCalledOff()) {
        const usable = isDue ? best : await validate(true);
        await save(usable);
        return await state(usable);
      }
      if (isLast || performance.now() - saved > given.checkpointSeconds * 1000) await save();
    }
    return await state();
  } finally {
    await distiller.dispose();
    await validator.dispose();
  }
}

function planOf({ teacher, options }: DistilRunOptions): DistilPlan {
  const { batch, size, stage, layerWeights } = options;
  return { teachers: teacher.encoders, batch, size, stage, layerWeights };
}

/** Side of the squares that agreement is measured on while training goes on. */
const validationSize = 192;

/** Measures agreement under all poolings. */
class Validator {
  readonly #agreements: Readonly<Record<DistilPooling, Agreements>>;

  private constructor(agreements: Readonly<Record<DistilPooling, Agreements>>) {
    this.#agreements = agreements;
  }

  static async start({ runtime, teacher, validation }: DistilRunOptions): Promise<Validator> {
    const start = (pooling: DistilPooling): Promise<Agreements> =>
      Agreements.start(
        runtime,
        (image) => liteFeatures(image, liteInputs(), liteTaps, { pooling, edge: "replicate" }),
        teacher.encoders[pooling],
        validation,
        validationSize,
      );
    return new Validator({ average: await start("average"), max: await start("max") });
  }

  async measure(weights: NetworkWeights): Promise<Pick<BestLite, "agreement" | "explained">> {
    const bound = liteFeeds(weights);
    const agreement = {
      average: await this.#agreements.average.measure(bound),
      max: await this.#agreements.max.measure(bound),
    };
    const shares = distilPoolings.flatMap((pooling) =>
      learntTaps.map((tap) => agreement[pooling][tap].explained),
    );
    return { agreement, explained: shares.reduce((sum, share) => sum + share, 0) / shares.length };
  }

  async dispose(): Promise<void> {
    await this.#agreements.average.dispose();
    await this.#agreements.max.dispose();
  }
}

/** The crops of each update. */
function cropsOf({ sources, options: { size, seed, batch } }: DistilRunOptions) {
  const crops = new Crops({ sources, size, seed });
  return new ReadAhead(async (iteration): Promise<DistilBatch> => {
    const first = distilPoolings.length * iteration * batch;
    return {
      average: await crops.at(first, batch),
      max: await crops.at(first + batch, batch),
    };
  });
}
