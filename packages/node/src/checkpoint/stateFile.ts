import {
  OptionError,
  parseBoundedJson,
  readSafetensors,
  toFloat32,
  WeightsError,
  writeSafetensors,
  type NetworkWeights,
  type Safetensors,
  type WeightsTensor,
} from "@deepstyle/core";
import { tensor, type Tensor } from "@deepstyle/engine";
import { headerKey, type CheckpointKind } from "./checkpointFiles.ts";
import { writeFileAtomic } from "../system/files.ts";
import { readInput } from "../system/inputFile.ts";
import { whyUnread } from "../system/systemErrors.ts";

/** Work that is gone on with from a file: what it is called in messages and in the file. */
export type StateKind = Exclude<CheckpointKind, "picture">;

/** What needs less memory in such work. */
export const lessForTraining = "Choose a smaller size or batch, or close other programs.";

/** Numbers by part of the state and name; tensors keep their shape. */
export type StateTables = Readonly<Record<string, ReadonlyMap<string, Float32Array | Tensor>>>;

/**
 * Writes a state as safetensors, completely or not at all.
 *
 * @param header - plain JSON, kept in the metadata
 * @throws {FileError} if the file cannot be written; an older one is then still there
 */
export async function writeState(
  path: string,
  kind: StateKind,
  header: object,
  tables: StateTables,
): Promise<void> {
  const tensors = new Map<string, WeightsTensor>();
  for (const [part, table] of Object.entries(tables))
    for (const [name, numbers] of table) {
      const { shape, data } =
        numbers instanceof Float32Array ? tensor(numbers) : (numbers as Tensor<"float32">);
      tensors.set(`${part}/${name}`, { dtype: "F32", shape, data });
    }
  const metadata = new Map([[headerKey(kind), JSON.stringify(header)]]);
  await writeFileAtomic(path, writeSafetensors({ tensors, metadata }));
}

/** A state that has been read. */
export interface State<Header> {
  readonly header: Header;
  /** The numbers of a part by name; none for a part that is not there. */
  readonly table: (part: string) => NetworkWeights;
  /** The same with their shapes. */
  readonly tensors: (part: string) => Record<string, Tensor>;
}

/**
 * Reads a state that {@link writeState} has written.
 *
 * @param isHeader - whether JSON, which anybody may have written, is the header of such a state
 * @throws {OptionError} if there is none
 * @throws {WeightsError} if the file is damaged or of another kind
 */
export async function readState<Header>(
  path: string,
  kind: StateKind,
  isHeader: (header: unknown) => header is Header,
): Promise<State<Header>> {
  const bytes = await readInput(path).catch((cause: unknown) => {
    throw new OptionError(
      `${path} ${whyUnread(path, cause)}: expected the checkpoint of a ${kind} to go on with. Leave out --resume to start anew.`,
      { cause },
    );
  });
  const { tensors, metadata } = safetensorsOf(path, bytes);
  const entries = (part: string): (readonly [string, WeightsTensor])[] =>
    [...tensors]
      .filter(([name]) => name.startsWith(`${part}/`))
      .map(([name, found]) => [name.slice(part.length + 1), found]);
  return {
    header: parseHeader(path, kind, metadata, isHeader),
    table: (part) => new Map(entries(part).map(([name, found]) => [name, toFloat32(found)])),
    tensors: (part) =>
      Object.fromEntries(
        entries(part).map(([name, found]) => [name, tensor(toFloat32(found), found.shape)]),
      ),
  };
}

function safetensorsOf(path: string, bytes: Uint8Array): Safetensors {
  try {
    return readSafetensors(bytes);
  } catch (cause) {
    throw new WeightsError(`${path}: ${(cause as Error).message}`, { cause });
  }
}

function parseHeader<Header>(
  path: string,
  kind: StateKind,
  metadata: Safetensors["metadata"],
  isHeader: (header: unknown) => header is Header,
): Header {
  const key = headerKey(kind);
  try {
    const header = parseBoundedJson(metadata.get(key) ?? "");
    if (isHeader(header)) return header;
  } catch {
    // Damaged is as good as absent.
  }
  throw new WeightsError(
    `${path} is no checkpoint of a ${kind}: its metadata lack a readable "${key}".`,
  );
}
