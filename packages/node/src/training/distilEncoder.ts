import {
  channelMeans,
  distil,
  distilBeginning,
  distilOptions,
  factsOf,
  learntTaps,
  liteParameters,
  OptionError,
  readSafetensors,
  toFloat32,
  unknownName,
  vgg19,
  vgg19Parameters,
  vgg19Preprocessing,
  WeightsError,
  writeSafetensors,
  type BestFacts,
  type DistilEvent,
  type DistilOptions,
  type DistilProgress,
  type NetworkWeights,
  type Safetensors,
  type Teacher,
  type Vgg19Options,
  type WeightsTensor,
} from "@deepstyle/core";
import { encodeFloat16 } from "@deepstyle/engine";
import { checkpointPlaces } from "../checkpoint/checkpointFiles.ts";
import { checkWritable, writeFileAtomic } from "../system/files.ts";
import { readInput } from "../system/inputFile.ts";
import { locked } from "../checkpoint/lock.ts";
import { listImages } from "../media/imageFolder.ts";
import { ModelStore, type ModelOptions } from "../models/modelStore.ts";
import { expectPlaces, readPlace, type Place, type Places } from "../system/places.ts";
import { withRuntime, type MachineOptions } from "../runtime/withRuntime.ts";
import { readDistilCheckpoint, writeDistilCheckpoint } from "./distilCheckpoint.ts";
import { whyUnread } from "../system/systemErrors.ts";
import { openPhotoFolder, type PhotoFolder } from "./photoFolder.ts";
import { lessForTraining } from "../checkpoint/stateFile.ts";
import { logFile, TrainingLog } from "./trainingLog.ts";

/** What {@link distilEncoder} works with, besides the options of distillation. */
export interface DistilEncoderOptions extends MachineOptions, ModelOptions {
  /** Folders of pictures; each is drawn from as often as the others. */
  readonly pictures: readonly string[];
  /** The encoder's file, `.safetensors`; checkpoint and log lie beside it. */
  readonly output: string;
  /** Options of distillation; what is left out has its default. */
  readonly options?: Partial<DistilOptions>;
  /** VGG-19 in its forms, loaded already; from the models if left out. */
  readonly teacher?: Teacher | undefined;
  /** An encoder made before to start from; computed from VGG-19's weights if left out. */
  readonly from?: string | undefined;
  /** Go on from the checkpoint. */
  readonly resume?: boolean | undefined;
  /** Pictures of each folder put aside to choose the best weights by; 4 if left out. */
  readonly validation?: number | undefined;
  /** Updates between two looks at them; 250 if left out. */
  readonly validateEvery?: number | undefined;
  /** Seconds between two checkpoints; 300 if left out. */
  readonly checkpointSeconds?: number | undefined;
  /** Ends the work after the update under way, with the best weights so far. */
  readonly signal?: AbortSignal | undefined;
  /** Told how it goes. */
  readonly onEvent?: ((event: DistilEvent) => void) | undefined;
}

/** What came of a distillation. */
export interface DistilEncoderResult {
  /** The encoder's file. */
  readonly output: string;
  /** Updates in all. */
  readonly iterations: number;
  /** Of the weights that were kept. */
  readonly best: BestFacts;
  /** Pictures that could not be read. */
  readonly unreadable: number;
  readonly interrupted: boolean;
}

/**
 * Makes the encoder lite: a small network that computes what VGG-19 computes.
 *
 * @returns what came of it; the best weights by the pictures put aside are in `output`, as float16
 * @throws {OptionError} if an option is out of its range, does not fit the checkpoint, or a file would be
 *   written over one that is learnt from
 * @throws {MediaError} if a folder holds no pictures
 * @throws {FileError} if a file cannot be written, the last checkpoint stays; or another run distils there
 * @throws {WeightsError} if VGG-19's weights are missing, or a file to start from is damaged
 */
export async function distilEncoder(given: DistilEncoderOptions): Promise<DistilEncoderResult> {
  const files = filesOf(given.output);
  await checkWritable(files.encoder);
  return await locked(files.checkpoint, () => distilAlone(given, files));
}

async function distilAlone(
  given: DistilEncoderOptions,
  files: DistilFiles,
): Promise<DistilEncoderResult> {
  const checkpoint =
    given.resume === true ? await readDistilCheckpoint(files.checkpoint) : undefined;
  const options = settledOptions(given, checkpoint?.header.options);
  await expectPlaces(await placesOf(given, files));
  const folders = await openFolders(given, options);
  const weights = given.from === undefined ? undefined : await readLite(given.from);
  const { teacher, hash } = await loadTeacher(given);
  const { iteration = 0, pending } = checkpoint?.header ?? {};
  const log = await TrainingLog.open(files.log, { iteration, pending });
  const onEvent = (event: DistilEvent): void => {
    given.onEvent?.(event);
    if (event.kind === "update") log.noteUpdate(event);
    if (event.kind !== "validation" || event.isExtra) return;
    const { kind, iteration, explained, agreement } = event;
    log.note({ iteration, kind, explained, agreement });
  };
  const sources = folders.map(({ source }) => source);
  const progress = await withRuntime(given, async (runtime) => {
    const work = { runtime, teacher, options, sources, onEvent };
    const start = checkpoint?.progress ?? (await distilBeginning({ ...work, weights }));
    return distil({
      ...work,
      validation: folders.flatMap(({ validation }) => validation),
      start,
      validateEvery: given.validateEvery ?? 250,
      checkpointSeconds: given.checkpointSeconds ?? 300,
      onCheckpoint: async (state, best) => {
        const { pending } = log;
        await log.written();
        await writeDistilCheckpoint(files.checkpoint, state, { options, pending });
        await writeFileAtomic(files.encoder, encodeLite({ ...state, best }, options, hash));
      },
      signal: given.signal,
    });
  }, { less: lessForTraining });
  await log.written();
  return {
    output: files.encoder,
    iterations: progress.iteration,
    best: factsOf(progress.best!),
    unreadable: folders.reduce((sum, { unreadable }) => sum + unreadable.size, 0),
    interrupted: given.signal?.aborted === true,
  };
}

async function placesOf(
  { pictures, from, models, teacher }: DistilEncoderOptions,
  { encoder, checkpoint, log }: DistilFiles,
): Promise<Places> {
  const remedy = "Choose another output with -o.";
  const lists = await Promise.all(pictures.map((folder) => listImages(folder)));
  const reads: Place[] = lists.flatMap((paths, i) =>
    paths.map((path) => ({ path, role: `one of the pictures of ${pictures[i]!}` })),
  );
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const weights = teacher === undefined ? await store.find("vgg19") : undefined;
  return {
    reads: [
      ...reads,
      ...readPlace("the encoder to start from", from),
      ...readPlace("the weights of vgg19", weights),
    ],
    writes: [
      { path: encoder, role: "the encoder", remedy },
      ...(await checkpointPlaces(checkpoint, "distillation", { role: "the checkpoint", remedy })),
      { path: log, role: "the distillation's log", remedy, older: logFile("distillation") },
    ],
  };
}

async function loadTeacher({
  models,
  teacher: given,
}: DistilEncoderOptions): Promise<{ teacher: Teacher; hash: string | undefined }> {
  if (given !== undefined) return { teacher: given, hash: undefined };
  const store = models instanceof ModelStore ? models : new ModelStore({ models });
  const { content, sha256 } = await store.read("vgg19");
  const options: Vgg19Options = {
    preprocessing: vgg19Preprocessing(content.metadata),
    edge: "replicate",
    channelMeans: channelMeans("average"),
  };
  const parameters = vgg19Parameters(content.tensors, options);
  const encoders = {
    average: vgg19(content.tensors, { ...options, pooling: "average" }),
    max: vgg19(content.tensors, { ...options, pooling: "max" }),
  };
  return { teacher: { encoders, parameters }, hash: sha256 };
}

async function openFolders(
  { pictures, validation = 4 }: DistilEncoderOptions,
  { seed }: DistilOptions,
): Promise<PhotoFolder[]> {
  if (pictures.length === 0)
    throw new OptionError("distillation needs a folder of pictures: expected at least one.");
  return Promise.all(pictures.map((folder) => openPhotoFolder(folder, { validation, seed })));
}

/** The encoder's file: float16, with how it was made. */
function encodeLite(
  { iteration, weights, best }: DistilProgress,
  options: DistilOptions,
  teacherHash: string | undefined,
): Uint8Array {
  const kept = best?.weights ?? weights;
  const tensors = new Map<string, WeightsTensor>(
    liteParameters().map(({ name, shape }) => [
      name,
      { dtype: "F16", shape, data: encodeFloat16(kept.get(name)!) },
    ]),
  );
  const metadata = new Map<string, string>([
    ["network", "lite"],
    ["made_by", "deepstyle distil"],
    ...(teacherHash === undefined ? [] : [["teacher_sha256", teacherHash] as const]),
    ["options", JSON.stringify(options)],
    ["iterations", String(iteration)],
    ...(best === undefined ? [] : [["kept", JSON.stringify(factsOf(best))] as const]),
  ]);
  return writeSafetensors({ tensors, metadata });
}

async function readLite(path: string): Promise<NetworkWeights> {
  const bytes = await readInput(path).catch((cause: unknown) => {
    throw new OptionError(
      `${path} ${whyUnread(path, cause)}: expected an encoder made by deepstyle distil.`,
      { cause },
    );
  });
  const { tensors } = parseFile(path, bytes);
  const entries = liteParameters().map(({ name, shape }) => {
    const found = tensors.get(name);
    if (found?.shape.join() !== shape.join())
      throw new WeightsError(
        `${path}: expected "${name}" of shape [${shape.join(", ")}]; got ${found === undefined ? "none" : `[${found.shape.join(", ")}]`}. Is it another network?`,
      );
    return [name, toFloat32(found)] as const;
  });
  return new Map(entries);
}

function parseFile(path: string, bytes: Uint8Array): Safetensors {
  try {
    return readSafetensors(bytes);
  } catch (cause) {
    throw new WeightsError(`${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Files that lie beside an encoder. */
interface DistilFiles {
  readonly encoder: string;
  readonly checkpoint: string;
  readonly log: string;
}

function filesOf(output: string): DistilFiles {
  const ending = ".safetensors";
  if (!output.toLowerCase().endsWith(ending))
    throw new OptionError(
      `${output} cannot hold an encoder: expected a name that ends in ${ending}.`,
    );
  const stem = output.slice(0, -ending.length);
  return {
    encoder: output,
    checkpoint: `${stem}.checkpoint.safetensors`,
    log: `${stem}.log.jsonl`,
  };
}

/** Options that may differ from those of the distillation that is gone on with. */
const mayChange: readonly string[] = ["iterations"];

function settledOptions(
  given: DistilEncoderOptions,
  before: DistilOptions | undefined,
): DistilOptions {
  const settled = distilOptions.parse({ ...before, ...given.options });
  const unknown = Object.keys(settled.layerWeights).find(
    (layer) => !learntTaps.some((tap) => tap === layer),
  );
  if (unknown !== undefined) throw unknownName("layer that lite learns", unknown, learntTaps);
  if (before === undefined) return settled;
  for (const name of distilOptions.names) {
    const [was, now] = [JSON.stringify(before[name]), JSON.stringify(settled[name])];
    if (was !== now && !mayChange.includes(name))
      throw new OptionError(
        `${name} was ${was} in the distillation that is resumed; got ${now}. Leave it out, or start anew without resume.`,
      );
  }
  return settled;
}
