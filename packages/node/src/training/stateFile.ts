import { readFile } from "node:fs/promises";
import {
  OptionError,
  readSafetensors,
  toFloat32,
  WeightsError,
  writeSafetensors,
  type NetworkWeights,
  type WeightsTensor,
} from "@deepstyle/core";
import { tensor, type Tensor } from "@deepstyle/engine";
import { headerKey, type CheckpointKind } from "../checkpointFiles.ts";
import { writeFileAtomic } from "../files.ts";

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
 * @throws {OptionError} if there is none
 * @throws {WeightsError} if the file is damaged or of another kind
 */
export async function readState<Header>(path: string, kind: StateKind): Promise<State<Header>> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new OptionError(
      `${path} cannot be read: expected the checkpoint of a ${kind} to go on with. Leave out --resume to start anew.`,
      { cause },
    );
  });
  const { tensors, metadata } = readSafetensors(bytes);
  const entries = (part: string): (readonly [string, WeightsTensor])[] =>
    [...tensors]
      .filter(([name]) => name.startsWith(`${part}/`))
      .map(([name, found]) => [name.slice(part.length + 1), found]);
  return {
    header: parseHeader(path, kind, metadata.get(headerKey(kind))) as Header,
    table: (part) => new Map(entries(part).map(([name, found]) => [name, toFloat32(found)])),
    tensors: (part) =>
      Object.fromEntries(
        entries(part).map(([name, found]) => [name, tensor(toFloat32(found), found.shape)]),
      ),
  };
}

function parseHeader(path: string, kind: StateKind, text: string | undefined): unknown {
  try {
    if (text !== undefined) return JSON.parse(text) as unknown;
  } catch {
    // Damaged is as good as absent.
  }
  throw new WeightsError(
    `${path} is no checkpoint of a ${kind}: its metadata lack a readable "${headerKey(kind)}".`,
  );
}
