import { basename, dirname, extname } from "node:path";
import {
  architectureOf,
  decodeNetwork,
  encodeNetwork,
  initialState,
  initialWeights,
  lossNetworkOptions,
  networkParameters,
  OptionError,
  train,
  trainingCriterion,
  settleTraining,
  trainingOptions,
  WeightsError,
  type Architecture,
  type Encoder,
  type Network,
  type NetworkStyle,
  type NetworkWeights,
  type Raster,
  type TrainingEvent,
  type TrainingOptions,
  type TrainingPlan,
  type TrainingProgress,
  type Validation,
  type WarningEvent,
} from "@deepstyle/core";
import { checkWritable, targetOf, writeFileAtomic } from "../system/files.ts";
import { readInput } from "../system/inputFile.ts";
import { locked } from "../checkpoint/lock.ts";
import { readImage, writeImage } from "../media/imageFile.ts";
import { leftOutOf, listImages, warnOfLeftOut } from "../media/imageFolder.ts";
import { ModelStore, type ModelOptions } from "../models/modelStore.ts";
import { expectPlaces, readPlace, type Place } from "../system/places.ts";
import { withRuntime, type MachineOptions } from "../runtime/withRuntime.ts";
import { warningsTo } from "../media/source.ts";
import { whyUnread } from "../system/systemErrors.ts";
import { readCheckpoint, writeCheckpoint, type Checkpoint } from "./trainingCheckpoint.ts";
import { openPhotoFolder } from "./photoFolder.ts";
import { contactSheet } from "./previewSheet.ts";
import { lessForTraining } from "../checkpoint/stateFile.ts";
import { filesOf, trainingWrites, type TrainingFiles } from "./trainingFiles.ts";
import { plotLosses, readLog, TrainingLog } from "./trainingLog.ts";

/** A painting to learn, and what is to be known of it. */
export interface StyleToLearn extends Partial<NetworkStyle> {
  /** The file of the painting; its name is that of the style unless `name` says another. */
  readonly picture: string;
}

/** What {@link trainStyles} works with, besides the options of training. */
export interface TrainStylesOptions extends MachineOptions, ModelOptions {
  /** Paintings; one network learns all of them. */
  readonly styles: readonly (string | StyleToLearn)[];
  /** A folder of photos. */
  readonly photos: string;
  /** The network's file, `.onnx`; checkpoint, log, plot and preview lie beside it. */
  readonly output: string;
  /** A loss network of one's own in place of that which the option `encoder` names. */
  readonly lossNetwork?: Encoder | undefined;
  /** Options of training; what is left out has its default. */
  readonly options?: Partial<TrainingOptions>;
  /**
   * A network that learns the styles in addition: only their scales and shifts are trained. One that it has by
   * name is learnt on in its place.
   */
  readonly base?: string | undefined;
  /**
   * A network with the same layers and widths to start from; all of it is trained. Styles that it knows by name
   * start from what it knows of them, others from the mean.
   */
  readonly warmStart?: string | undefined;
  /** Go on from the checkpoint. */
  readonly resume?: boolean | undefined;
  /** Photos put aside to choose the best network by; at least a batch. 16 if left out. */
  readonly validation?: number | undefined;
  /** Updates between two looks at them; 500 if left out. */
  readonly validateEvery?: number | undefined;
  /** Seconds between two checkpoints; 300 if left out. */
  readonly checkpointSeconds?: number | undefined;
  /** Ends training after the update under way, with the best network so far. */
  readonly signal?: AbortSignal | undefined;
  /** Told how it goes. */
  readonly onEvent?: ((event: TrainStylesEvent) => void) | undefined;
}

/** What happens while styles are learnt. */
export type TrainStylesEvent =
  | TrainingEvent
  | WarningEvent
  | { readonly kind: "unreadable"; readonly path: string; readonly reason: string };

/** What came of a training. */
export interface TrainStylesResult {
  /** The network's file. */
  readonly output: string;
  /** Updates in all. */
  readonly iterations: number;
  /** Of the network that was kept. */
  readonly best: { readonly iteration: number; readonly total: number };
  /** Photos that could not be read. */
  readonly unreadable: number;
  readonly interrupted: boolean;
}

/**
 * Trains a network that paints photos in the style of paintings in one pass.
 *
 * @returns what came of it; the best network by the validation photos is in `output`
 * @throws {OptionError} if an option is out of its range, does not fit the checkpoint, or a file would be
 *   written over one that is learnt from
 * @throws {MediaError} if a painting cannot be read, or the folder holds no photos
 * @throws {FileError} if a file cannot be written, the last checkpoint stays; or another run trains there
 * @throws {WeightsError} if the loss network's weights are missing, or a network cannot be read
 */
export async function trainStyles(given: TrainStylesOptions): Promise<TrainStylesResult> {
  const files = filesOf(given.output);
  await checkWritable(files.network);
  return await locked(files.checkpoint, () => trainAlone(given, files));
}

async function trainAlone(
  given: TrainStylesOptions,
  files: TrainingFiles,
): Promise<TrainStylesResult> {
  const checkpoint = given.resume === true ? await readCheckpoint(files.checkpoint) : undefined;
  const { models } = given;
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const options = settledOptions(given, await usualEncoder(given, store), checkpoint);
  const learnt = given.styles.map((style) => styleOf(style));
  const base = given.base === undefined ? undefined : await readNetwork(given.base);
  const course = await courseOf(given, options, learnt, base);
  if (checkpoint !== undefined) expectSameStyles(checkpoint, course);
  await expectPlaces({
    reads: await readsOf(given, learnt, await store.find(options.encoder)),
    writes: await trainingWrites(given.output),
  });
  const paintings = await Promise.all(
    learnt.map(({ picture }) => readImage(picture, { onWarning: warningsTo(given.onEvent) })),
  );
  warnOfLeftOut(await leftOutOf(given.photos), given.photos, warningsTo(given.onEvent));
  const { batch, seed } = options;
  const folder = await openPhotoFolder(given.photos, {
    validation: Math.max(given.validation ?? 16, batch),
    seed,
  });
  const encoder =
    given.lossNetwork ?? (await store.loadEncoder(options.encoder, lossNetworkOptions(options)));
  const start = checkpoint?.progress ?? startOf(course, options, encoder);
  const log = await TrainingLog.open(files.log, {
    iteration: start.iteration,
    pending: checkpoint?.header.pending,
  });
  const diary = new Diary(log, files.preview, folder.unreadable, given.onEvent);
  const progress = await withRuntime(given, (runtime) =>
    train({
      runtime,
      encoder,
      options,
      architecture: course.architecture,
      paintings: course.styles.map(({ size }, i) => ({
        picture: paintings[Math.max(0, course.learns.indexOf(i))]!,
        size,
      })),
      photos: folder.source,
      validation: folder.validation,
      start,
      learns: course.learns,
      trains: course.trains,
      validateEvery: given.validateEvery ?? 500,
      checkpointSeconds: given.checkpointSeconds ?? 300,
      onCheckpoint: async (state, best) => {
        const { pending } = log;
        await diary.written();
        await writeCheckpoint(files.checkpoint, state, {
          options,
          styles: course.styles.map(labelOf),
          learns: course.learns,
          pending,
        });
        const network = networkOf(course, options, { ...state, best });
        await writeFileAtomic(files.network, encodeNetwork(network));
        await writeFileAtomic(files.plot, plotLosses(await readLog(files.log)));
      },
      onEvent: (event) => {
        diary.note(event);
      },
      signal: given.signal,
    }),
    { less: lessForTraining },
  );
  await diary.written();
  const { iteration, total } = progress.best ?? { iteration: progress.iteration, total: NaN };
  return {
    output: files.network,
    iterations: progress.iteration,
    best: { iteration, total },
    unreadable: folder.unreadable.size,
    interrupted: given.signal?.aborted === true,
  };
}

/** What is trained. */
interface Course {
  readonly architecture: Architecture;
  /** All styles of the network. */
  readonly styles: readonly NetworkStyle[];
  /** The styles that are learnt, by their numbers. */
  readonly learns: readonly number[];
  readonly trains: TrainingPlan["trains"];
  /** Where the weights come from; drawn at random if left out. */
  readonly initial?: NetworkWeights;
}

async function courseOf(
  { warmStart }: TrainStylesOptions,
  options: TrainingOptions,
  learnt: readonly LearntStyle[],
  base: Network | undefined,
): Promise<Course> {
  const styles = learnt.map(({ picture: _, ...style }) => style);
  if (styles.length === 0)
    throw new OptionError("training needs a painting: expected at least one. Name its file.");
  const names = styles.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new OptionError(
      `two paintings are called "${twice}"; expected a name for each. Rename one of the files.`,
    );
  if (base !== undefined) {
    const byName = new Map([...base.styles, ...styles].map((style) => [style.name, style]));
    const all = [...byName.values()];
    return {
      architecture: { ...base.architecture, styles: all.length },
      styles: all,
      learns: names.map((name) => all.indexOf(byName.get(name)!)),
      trains: "styles",
      initial: weightsFor(base, all),
    };
  }
  const architecture = architectureOf(options, styles.length);
  const course = { architecture, styles, learns: styles.map((_, i) => i), trains: "all" } as const;
  if (warmStart === undefined) return course;
  const other = await readNetwork(warmStart);
  expectFittingWeights(other.architecture, architecture, warmStart);
  return { ...course, initial: weightsFor(other, styles) };
}

/**
 * Weights of a network for these styles: those that it knows by name go on as they are, others begin as
 * the mean of the known ones.
 */
function weightsFor(
  { architecture, weights, styles: known }: Network,
  styles: readonly NetworkStyle[],
): NetworkWeights {
  const rows = styles.map(({ name }) => known.findIndex((style) => style.name === name));
  const wanted = { ...architecture, styles: styles.length };
  const entries = networkParameters(wanted).map(({ name, shape, role }) => {
    const values = weights.get(name)!;
    if (role !== "scale" && role !== "shift") return [name, values] as const;
    const channels = shape[1]!;
    const mean = meanRow(values, known.length);
    const table = rows.map((row) =>
      row < 0 ? mean : values.subarray(row * channels, (row + 1) * channels),
    );
    return [name, Float32Array.from(table.flatMap((row) => [...row]))] as const;
  });
  return new Map(entries);
}

/**
 * Padding and enlargement may differ: weights of other ones are a start as well.
 *
 * @throws {OptionError} if the network's weights do not fit, whatever its styles
 */
function expectFittingWeights(
  architecture: Architecture,
  wanted: Architecture,
  path: string,
): void {
  const layers = (a: Architecture): string =>
    networkParameters({ ...a, styles: 1 })
      .map(({ name, shape }) => `${name} ${shape.join("×")}`)
      .join();
  const describe = (a: Architecture): string => JSON.stringify({ ...a, styles: undefined });
  if (layers(architecture) !== layers(wanted))
    throw new OptionError(
      `${path} is a network of another build, ${describe(architecture)}; expected ${describe(wanted)}. Train with its options.`,
    );
}

function meanRow(table: Float32Array, rows: number): Float32Array {
  const mean = new Float32Array(table.length / rows);
  for (let i = 0; i < table.length; i++) mean[i % mean.length]! += table[i]! / rows;
  return mean;
}

async function readNetwork(path: string): Promise<Network> {
  const bytes = await readInput(path).catch((cause: unknown) => {
    throw new OptionError(
      `${path} ${whyUnread(path, cause)}: expected a network made by deepstyle train.`,
      { cause },
    );
  });
  try {
    return decodeNetwork(bytes);
  } catch (cause) {
    throw new WeightsError(`${path}: ${(cause as Error).message}`, { cause });
  }
}

function startOf(
  { architecture, trains, initial }: Course,
  options: TrainingOptions,
  encoder: TrainingPlan["encoder"],
): TrainingProgress {
  const { batch, size, accumulate, stabilityWeight, seed } = options;
  const criterion = trainingCriterion(options);
  const plan = { architecture, encoder, criterion, batch, size, accumulate, stabilityWeight };
  return initialState({ ...plan, trains }, initial ?? initialWeights(architecture, seed));
}

function networkOf(course: Course, options: TrainingOptions, progress: TrainingProgress): Network {
  const { architecture, styles } = course;
  const { best } = progress;
  return {
    architecture,
    styles,
    weights: best?.weights ?? progress.weights,
    training: {
      options,
      iterations: progress.iteration,
      kept: best?.iteration ?? progress.iteration,
      losses: best === undefined ? {} : { total: best.total, ...best.terms },
    },
  };
}

async function readsOf(
  { photos, base, warmStart, output }: TrainStylesOptions,
  learnt: readonly LearntStyle[],
  weights: string | undefined,
): Promise<Place[]> {
  const { preview } = filesOf(output);
  // There at the next run, if not now, and would change what a training that is resumed learns from.
  const [folder, own] = await Promise.all([photos, dirname(preview)].map(targetOf));
  if (folder === own)
    throw new OptionError(
      `the training's preview, ${preview}, would be one of the photos of ${photos}. Choose another folder with -o.`,
    );
  return [
    ...learnt.map(({ picture }) => ({ path: picture, role: "the painting" })),
    ...(await listImages(photos)).map((path) => ({ path, role: `one of the photos of ${photos}` })),
    ...readPlace("the base network", base),
    ...readPlace("the network to start from", warmStart),
    ...readPlace("the weights", weights),
  ];
}

/** A style with a name, and the file of its painting. */
interface LearntStyle extends NetworkStyle {
  readonly picture: string;
}

function styleOf(given: string | StyleToLearn): LearntStyle {
  const style = typeof given === "string" ? { picture: given } : given;
  const { size, picture } = style;
  const name = style.name ?? basename(picture, extname(picture));
  if (size !== undefined && !(Number.isInteger(size) && size >= 16 && size <= 4096))
    throw new OptionError(
      `the size of ${picture} must be a whole number of pixels from 16 to 4096; got ${size}.`,
    );
  return { ...style, name };
}

/** What tells a training's styles apart: names, and sizes of their own. */
function labelOf({ name, size }: NetworkStyle): string {
  return size === undefined ? name : `${name}:${size}`;
}

/** Options that may differ from those of the training that is gone on with. */
const mayChange: readonly string[] = ["iterations"];

/** A loss network of one's own takes the layers of VGG-19, whatever is installed. */
async function usualEncoder(
  { lossNetwork }: TrainStylesOptions,
  store: ModelStore,
): Promise<TrainingOptions["encoder"]> {
  return lossNetwork === undefined ? store.usualEncoder() : "vgg19";
}

function settledOptions(
  given: TrainStylesOptions,
  usual: TrainingOptions["encoder"],
  checkpoint?: Checkpoint,
): TrainingOptions {
  if (checkpoint === undefined)
    return settleTraining(trainingOptions.parse(given.options ?? {}), usual);
  const { options } = checkpoint.header;
  const settled = settleTraining(trainingOptions.parse({ ...options, ...given.options }), usual);
  for (const name of trainingOptions.names) {
    const [before, now] = [JSON.stringify(options[name]), JSON.stringify(settled[name])];
    if (before !== now && !mayChange.includes(name))
      throw new OptionError(
        `${name} was ${before} in the training that is resumed; got ${now}. Leave it out, or start anew without resume.`,
      );
  }
  return settled;
}

function expectSameStyles({ header }: Checkpoint, { styles, learns }: Course): void {
  const names = styles.map(labelOf);
  if (names.join() === header.styles.join() && learns.join() === header.learns.join()) return;
  throw new OptionError(
    `the training that is resumed learns ${header.styles.join(", ")}; got ${names.join(", ")}. Give the same paintings in the same order.`,
  );
}

/** Keeps log and preview of a training. */
class Diary {
  readonly #log: TrainingLog;
  readonly #preview: string;
  readonly #unreadable: ReadonlyMap<string, string>;
  readonly #onEvent: ((event: TrainStylesEvent) => void) | undefined;
  #told = 0;
  #drawing: Promise<void> = Promise.resolve();

  constructor(
    log: TrainingLog,
    preview: string,
    unreadable: ReadonlyMap<string, string>,
    onEvent?: (event: TrainStylesEvent) => void,
  ) {
    this.#log = log;
    this.#preview = preview;
    this.#unreadable = unreadable;
    this.#onEvent = onEvent;
  }

  note(event: TrainingEvent): void {
    this.#onEvent?.(event);
    for (const [path, reason] of [...this.#unreadable].slice(this.#told))
      this.#onEvent?.({ kind: "unreadable", path, reason });
    this.#told = this.#unreadable.size;
    if (event.kind === "validation") this.#noteValidation(event);
    else this.#log.noteUpdate(event);
  }

  /**
   * Waits until everything noted is in the files.
   *
   * @throws {FileError} if one of them could not be written
   */
  async written(): Promise<void> {
    await this.#log.written();
    await this.#drawing;
  }

  #noteValidation(event: Extract<TrainingEvent, { kind: "validation" }>): void {
    const { iteration, kind, validation, isExtra } = event;
    const { total, terms, pictures } = validation;
    if (!isExtra) this.#log.note({ iteration, kind, total, terms });
    this.#drawing = this.#drawing.then(() => writeImage(this.#preview, previewOf(pictures)));
    // The next checkpoint waits for it and is told.
    this.#drawing.catch(() => undefined);
  }
}

/** Photos beside what the network makes of them, in two columns where they are an even number. */
function previewOf(pictures: Validation["pictures"]): Raster {
  const rows = pictures.map(({ photo, stylized }) => [photo, stylized]);
  const pairs = rows.length % 2 === 0 ? rows.length / 2 : rows.length;
  return contactSheet(
    Array.from({ length: pairs }, (_, i) => [
      ...rows[i]!,
      ...(pairs === rows.length ? [] : rows[i + pairs]!),
    ]),
  );
}
