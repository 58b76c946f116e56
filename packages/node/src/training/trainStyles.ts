import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
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
  type Architecture,
  type Encoder,
  type Network,
  type NetworkStyle,
  type NetworkWeights,
  type TrainingEvent,
  type TrainingOptions,
  type TrainingPlan,
  type TrainingProgress,
  type WarningEvent,
} from "@deepstyle/core";
import { checkWritable, writeFileAtomic } from "../files.ts";
import { readImage, writeImage } from "../media/imageFile.ts";
import { leftOutOf, warnOfLeftOut } from "../media/imageFolder.ts";
import { ModelStore } from "../models/modelStore.ts";
import { withRuntime, type MachineOptions } from "../runtime/withRuntime.ts";
import { warningsTo } from "../source.ts";
import type { ModelOptions } from "../stylize.ts";
import { readCheckpoint, writeCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { openPhotoFolder } from "./photoFolder.ts";
import { contactSheet } from "./previewSheet.ts";
import { appendLog, plotLosses, readLog, rewindLog } from "./trainingLog.ts";

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

/** Updates whose mean is one line of the log. */
const logEvery = 50;

/**
 * Trains a network that paints photos in the style of paintings in one pass.
 *
 * @returns what came of it; the best network by the validation photos is in `output`
 * @throws {OptionError} if an option is out of its range, or does not fit the checkpoint
 * @throws {MediaError} if a painting cannot be read, or the folder holds no photos
 * @throws {FileError} if a file cannot be written; the last checkpoint stays
 * @throws {WeightsError} if the loss network's weights are missing, or a network cannot be read
 */
export async function trainStyles(given: TrainStylesOptions): Promise<TrainStylesResult> {
  const files = filesOf(given.output);
  const checkpoint = given.resume === true ? await readCheckpoint(files.checkpoint) : undefined;
  const { models } = given;
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const options = settledOptions(given, await usualEncoder(given, store), checkpoint);
  const learnt = given.styles.map((style) => styleOf(style));
  const base = given.base === undefined ? undefined : await readNetwork(given.base);
  const course = await courseOf(given, options, learnt, base);
  if (checkpoint !== undefined) expectSameStyles(checkpoint, course);
  for (const path of Object.values<string>({ ...files })) await checkWritable(path);
  const paintings = await Promise.all(
    learnt.map(({ picture }) => readImage(picture, { onWarning: warningsTo(given.onEvent) })),
  );
  warnOfLeftOut(await leftOutOf(given.photos), given.photos, warningsTo(given.onEvent));
  const { batch, seed } = options;
  const folder = await openPhotoFolder(given.photos, {
    validation: Math.max(given.validation ?? 16, batch),
    seed,
  });
  const encoder = given.lossNetwork ?? (await store.loadEncoder(options.encoder, lossNetworkOptions(options)));
  const start = checkpoint?.progress ?? startOf(course, options, encoder);
  await rewindLog(files.log, start.iteration);
  const diary = new Diary(files, folder.unreadable, given.onEvent);
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
      onCheckpoint: async (state) => {
        await diary.written();
        await writeCheckpoint(files.checkpoint, state, {
          options,
          styles: course.styles.map(labelOf),
          learns: course.learns,
        });
        await writeFileAtomic(files.network, encodeNetwork(networkOf(course, options, state)));
        await writeFileAtomic(files.plot, plotLosses(await readLog(files.log)));
      },
      onEvent: (event) => {
        diary.note(event);
      },
      signal: given.signal,
    }),
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
function expectFittingWeights(architecture: Architecture, wanted: Architecture, path: string): void {
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
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new OptionError(`${path} cannot be read: expected a network made by deepstyle train.`, {
      cause,
    });
  });
  return decodeNetwork(bytes);
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

/** Files that lie beside a network. */
interface TrainingFiles {
  readonly network: string;
  readonly checkpoint: string;
  readonly log: string;
  readonly plot: string;
  readonly preview: string;
}

function filesOf(output: string): TrainingFiles {
  if (extname(output).toLowerCase() !== ".onnx")
    throw new OptionError(`${output} cannot hold a network: expected a name that ends in .onnx.`);
  const stem = output.slice(0, -".onnx".length);
  return {
    network: output,
    checkpoint: `${stem}.checkpoint.safetensors`,
    log: `${stem}.log.jsonl`,
    plot: `${stem}.losses.svg`,
    preview: `${stem}.preview.jpg`,
  };
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
  readonly #files: TrainingFiles;
  readonly #unreadable: ReadonlyMap<string, string>;
  readonly #onEvent: ((event: TrainStylesEvent) => void) | undefined;
  #told = 0;
  #updates: Extract<TrainingEvent, { kind: "update" }>[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(
    files: TrainingFiles,
    unreadable: ReadonlyMap<string, string>,
    onEvent?: (event: TrainStylesEvent) => void,
  ) {
    this.#files = files;
    this.#unreadable = unreadable;
    this.#onEvent = onEvent;
  }

  note(event: TrainingEvent): void {
    this.#onEvent?.(event);
    for (const [path, reason] of [...this.#unreadable].slice(this.#told))
      this.#onEvent?.({ kind: "unreadable", path, reason });
    this.#told = this.#unreadable.size;
    if (event.kind === "validation") this.#noteValidation(event);
    else this.#noteUpdate(event);
  }

  /** Waits until everything noted is in the files. */
  async written(): Promise<void> {
    await this.#writing;
  }

  #noteUpdate(event: Extract<TrainingEvent, { kind: "update" }>): void {
    this.#updates.push(event);
    if (event.iteration % logEvery !== 0) return;
    const losses = this.#updates.map((update) => update.losses).filter(({ skipped }) => !skipped);
    this.#updates = [];
    const mean = (of: (loss: (typeof losses)[number]) => number): number =>
      losses.reduce((sum, loss) => sum + of(loss), 0) / Math.max(1, losses.length);
    const names = Object.keys(losses[0]?.terms ?? {});
    const { iteration, learningRate, imagesPerSecond } = event;
    this.#write(() =>
      appendLog(this.#files.log, {
        iteration,
        kind: "train",
        total: mean(({ total }) => total),
        terms: Object.fromEntries(names.map((name) => [name, mean(({ terms }) => terms[name]!)])),
        learningRate,
        imagesPerSecond,
      }),
    );
  }

  #noteValidation(event: Extract<TrainingEvent, { kind: "validation" }>): void {
    const { iteration, validation } = event;
    const { total, terms, pictures } = validation;
    this.#write(async () => {
      await appendLog(this.#files.log, { iteration, kind: "validation", total, terms });
      const rows = pictures.map(({ photo, stylized }) => [photo, stylized]);
      const pairs = rows.length % 2 === 0 ? rows.length / 2 : rows.length;
      const sheet = Array.from({ length: pairs }, (_, i) => [
        ...rows[i]!,
        ...(pairs === rows.length ? [] : rows[i + pairs]!),
      ]);
      await writeImage(this.#files.preview, contactSheet(sheet));
    });
  }

  #write(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work);
    // The next checkpoint waits for it and is told.
    this.#writing.catch(() => undefined);
  }
}
