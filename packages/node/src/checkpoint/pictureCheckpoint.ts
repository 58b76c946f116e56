import { existsSync } from "node:fs";
import { rm, type FileHandle } from "node:fs/promises";
import {
  headerBytes,
  OptionError,
  parseBoundedJson,
  readSafetensorsIndex,
  safetensorsParts,
  WeightsError,
  type OptimisationState,
  type SafetensorsIndex,
  type WeightsTensor,
} from "@deepstyle/core";
import { FileError } from "../errors.ts";
import { checkpointFile, headerKey } from "./checkpointFiles.ts";
import { writeFileAtomic } from "../system/files.ts";
import { openInput } from "../system/inputFile.ts";
import { isObject } from "../system/json.ts";
import { locked } from "./lock.ts";
import {
  checkpointFormat,
  headerFrom,
  type CheckpointHeader,
  type CheckpointWork,
} from "./pictureCheckpointHeader.ts";
import { isOlder } from "../system/places.ts";
import { whyUnread } from "../system/systemErrors.ts";
import { versions, type Versions } from "../runtime/versions.ts";

/** A checkpoint that has been opened; the picture itself is not read yet. */
export interface PictureCheckpoint extends Pick<CheckpointHeader, "memory" | "work" | "versions"> {
  /** Reads the state. @throws {WeightsError} if the file is damaged */
  readonly state: () => Promise<OptimisationState>;
}

const metadataKey = headerKey("picture");
const pixelsName = "pixels";
const averageName = "average";
const optimiserPart = "optimiser/";

/**
 * Writes the state of the work on a picture, completely or not at all, vector by vector: what is in
 * memory already is not copied.
 *
 * @throws {FileError} if the file cannot be written; an older one is then still there
 */
export async function writePictureCheckpoint(
  path: string,
  { pixels, optimiser, average, ...state }: OptimisationState,
  work: Pick<PictureCheckpoint, "memory" | "work">,
): Promise<void> {
  const header: CheckpointHeader = {
    ...{ format: checkpointFormat, versions: versions() },
    ...work,
    ...{ state, numbers: optimiser.numbers, updates: average?.updates },
  };
  const vectors = new Map([[pixelsName, pixels]]);
  if (average !== undefined) vectors.set(averageName, average.mean);
  for (const [name, vector] of Object.entries(optimiser.vectors))
    vectors.set(`${optimiserPart}${name}`, vector);
  const tensors = new Map<string, WeightsTensor>(
    [...vectors].map(([name, data]) => [name, { dtype: "F32", shape: [data.length], data }]),
  );
  const metadata = new Map([[metadataKey, JSON.stringify(header)]]);
  await writeFileAtomic(path, safetensorsParts({ tensors, metadata }));
}

/**
 * Opens a checkpoint.
 *
 * @throws {OptionError} if there is none, or what it says cannot be
 * @throws {WeightsError} if the file is damaged or no checkpoint of a picture
 */
export async function readPictureCheckpoint(path: string): Promise<PictureCheckpoint> {
  const { index, header } = await reading(path, async (file, length) => {
    const first = await readAt(path, file, new Uint8Array(Math.min(8, length)), 0);
    const start = await readAt(path, file, new Uint8Array(headerBytes(first, length)), 0);
    const index = readSafetensorsIndex(start, length);
    return { index, header: headerOf(path, index) };
  });
  const { memory, work, versions } = header;
  return { memory, work, versions, state: () => readState(path, index, header) };
}

/**
 * Removes a checkpoint, if there is one. Any other file stays, and so does a checkpoint that another run goes
 * on with.
 *
 * @throws {FileError} if it cannot be removed
 */
export async function removePictureCheckpoint(path: string): Promise<void> {
  if (!existsSync(path)) return;
  try {
    await locked(path, async () => {
      if (await isOlder(path, checkpointFile("picture"))) await rm(path, { force: true });
    });
  } catch (error) {
    if (!(error instanceof FileError && error.code === "ERR_FILE_IN_USE")) throw error;
  }
}

/**
 * Refuses to go on with a checkpoint of other pictures or options.
 *
 * @param now - what is to be done, with the names of the checkpoint's
 * @throws {OptionError} that says what differs
 */
export function expectSameWork(
  path: string,
  { work }: PictureCheckpoint,
  now: CheckpointWork,
): void {
  const names = [...new Set([...Object.keys(work), ...Object.keys(now)])];
  const different = names.find((name) => !isSame(work[name], now[name]));
  if (different === undefined) return;
  const shown = (value: unknown): string => {
    const text = value === undefined ? "nothing" : JSON.stringify(value);
    return text.length > 40 ? `${text.slice(0, 40)}…` : text;
  };
  throw new OptionError(
    `${path} is the checkpoint of other work: its ${different} was ${shown(work[different])}, now ${shown(now[different])}. Give the same pictures and options, or leave out --resume to start anew.`,
  );
}

/**
 * What to say about going on with a checkpoint that other versions wrote. It is gone on with: work of hours
 * should survive an update, and whatever the optimiser would misunderstand it refuses. But the promise of
 * the same bytes does not hold.
 *
 * @returns undefined where the versions are those of now
 */
export function versionsWarning(path: string, { versions: then }: PictureCheckpoint) {
  const now = versions();
  if (then.deepstyle === now.deepstyle && then.onnxruntime === now.onnxruntime) return undefined;
  const words = ({ deepstyle, onnxruntime }: Versions): string =>
    `deepstyle ${deepstyle} with ONNX Runtime ${onnxruntime}`;
  return `${path} was written by ${words(then)}, and this is ${words(now)}: the picture may differ in details from one that is made at once.`;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

async function readState(
  path: string,
  { entries, headerEnd }: SafetensorsIndex,
  { state, numbers, updates }: CheckpointHeader,
): Promise<OptimisationState> {
  const vectors = await reading(path, async (file) => {
    const found = new Map<string, Float32Array>();
    for (const { name, dtype, begin, end } of entries) {
      if (dtype !== "F32") throw noCheckpoint(path);
      const vector = new Float32Array((end - begin) / 4);
      await readAt(path, file, new Uint8Array(vector.buffer), headerEnd + begin);
      found.set(name, vector);
    }
    return found;
  });
  const pixels = vectors.get(pixelsName);
  if (pixels === undefined) throw noCheckpoint(path);
  const mean = vectors.get(averageName);
  const ofOptimiser = [...vectors]
    .filter(([name]) => name.startsWith(optimiserPart))
    .map(([name, vector]) => [name.slice(optimiserPart.length), vector] as const);
  if (ofOptimiser.some(([, vector]) => vector.length !== pixels.length)) throw noCheckpoint(path);
  return {
    ...state,
    pixels,
    optimiser: { numbers, vectors: Object.fromEntries(ofOptimiser) },
    ...(mean !== undefined && { average: { mean, updates: updates ?? 0 } }),
  };
}

async function reading<T>(
  path: string,
  work: (file: FileHandle, length: number) => Promise<T>,
): Promise<T> {
  const { handle, size } = await openInput(path).catch((cause: unknown) => {
    throw new OptionError(
      `${path} ${whyUnread(path, cause)}: expected the checkpoint of a picture to go on with. Leave out --resume to start anew.`,
      { cause },
    );
  });
  try {
    return await work(handle, size);
  } finally {
    await handle.close();
  }
}

/** Fills an array from a place in a file. */
async function readAt(
  path: string,
  file: FileHandle,
  bytes: Uint8Array,
  position: number,
): Promise<Uint8Array> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, {
      ...{ offset: done, position: position + done },
      length: Math.min(bytes.length - done, largestRead),
    });
    if (bytesRead === 0) throw noCheckpoint(path);
    done += bytesRead;
  }
  return bytes;
}

/** Systems read less than 2 GiB at once. */
const largestRead = 2 ** 28;

function headerOf(path: string, { metadata }: SafetensorsIndex): CheckpointHeader {
  let header: unknown;
  try {
    header = parseBoundedJson(metadata.get(metadataKey)!);
  } catch {
    throw noCheckpoint(path);
  }
  if (!isObject(header)) throw noCheckpoint(path);
  return headerFrom(path, header);
}

function noCheckpoint(path: string): WeightsError {
  return new WeightsError(
    `${path} is damaged, or no checkpoint of a picture. Leave out --resume to start anew.`,
  );
}
