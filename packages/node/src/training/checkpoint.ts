import { readFile } from "node:fs/promises";
import {
  OptionError,
  readSafetensors,
  toFloat32,
  WeightsError,
  writeSafetensors,
  type BestNetwork,
  type NetworkWeights,
  type TrainingOptions,
  type TrainingProgress,
  type WeightsTensor,
} from "@deepstyle/core";
import { writeFileAtomic } from "../files.ts";

/** What a checkpoint says about the training that it belongs to. */
export interface CheckpointHeader {
  readonly iteration: number;
  readonly options: TrainingOptions;
  /** Names of all styles of the network. */
  readonly styles: readonly string[];
  /** Numbers of the styles that are learnt. */
  readonly learns: readonly number[];
  readonly best?: Omit<BestNetwork, "weights"> | undefined;
}

/** A checkpoint that has been read. */
export interface Checkpoint {
  readonly header: CheckpointHeader;
  readonly progress: TrainingProgress;
}

const headerKey = "deepstyle.training";
const parts = ["weights", "first", "second", "best"] as const;

/**
 * Writes all that is needed to go on with a training, completely or not at all.
 *
 * @throws {FileError} if the file cannot be written; an older one is then still there
 */
export async function writeCheckpoint(
  path: string,
  { iteration, weights, first, second, best }: TrainingProgress,
  header: Pick<CheckpointHeader, "options" | "styles" | "learns">,
): Promise<void> {
  const tensors = new Map<string, WeightsTensor>();
  const tables = { weights, first, second, best: best?.weights ?? new Map<string, never>() };
  for (const part of parts)
    for (const [name, data] of tables[part])
      tensors.set(`${part}/${name}`, { dtype: "F32", shape: [data.length], data });
  const bestFacts = best && { iteration: best.iteration, total: best.total, terms: best.terms };
  const facts = { ...header, iteration, best: bestFacts };
  const metadata = new Map([[headerKey, JSON.stringify(facts)]]);
  await writeFileAtomic(path, writeSafetensors({ tensors, metadata }));
}

/**
 * Reads a checkpoint.
 *
 * @throws {OptionError} if there is none
 * @throws {WeightsError} if the file is damaged or no checkpoint
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new OptionError(
      `${path} cannot be read: expected the checkpoint of a training to go on with. Leave out --resume to start anew.`,
      { cause },
    );
  });
  const { tensors, metadata } = readSafetensors(bytes);
  const text = metadata.get(headerKey);
  if (text === undefined)
    throw new WeightsError(
      `${path} is no checkpoint of a training: its metadata lack "${headerKey}".`,
    );
  const header = JSON.parse(text) as CheckpointHeader;
  const table = (part: (typeof parts)[number]): NetworkWeights =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(`${part}/`))
        .map(([name, tensor]) => [name.slice(part.length + 1), toFloat32(tensor)]),
    );
  const { iteration, best } = header;
  return {
    header,
    progress: {
      iteration,
      weights: table("weights"),
      first: table("first"),
      second: table("second"),
      ...(best && { best: { ...best, weights: table("best") } }),
    },
  };
}
