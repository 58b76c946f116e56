import { readFile } from "node:fs/promises";
import {
  factsOf,
  OptionError,
  readSafetensors,
  toFloat32,
  WeightsError,
  writeSafetensors,
  type BestFacts,
  type DistilOptions,
  type DistilProgress,
  type NetworkWeights,
  type WeightsTensor,
} from "@deepstyle/core";
import { tensor } from "@deepstyle/engine";
import { writeFileAtomic } from "../files.ts";

/** What a checkpoint of a distillation says about it. */
interface DistilCheckpointHeader {
  readonly iteration: number;
  readonly options: DistilOptions;
  readonly best?: BestFacts | undefined;
}

/** A checkpoint that has been read. */
export interface DistilCheckpoint {
  readonly header: DistilCheckpointHeader;
  readonly progress: DistilProgress;
}

const headerKey = "deepstyle.distillation";
const parts = ["weights", "first", "second", "best"] as const;

/**
 * Writes all that is needed to go on with a distillation, completely or not at all.
 *
 * @throws {FileError} if the file cannot be written; an older one is then still there
 */
export async function writeDistilCheckpoint(
  path: string,
  { iteration, weights, first, second, best, precisions }: DistilProgress,
  options: DistilOptions,
): Promise<void> {
  const tensors = new Map<string, WeightsTensor>();
  const tables = { weights, first, second, best: best?.weights ?? new Map<string, never>() };
  for (const part of parts)
    for (const [name, data] of tables[part])
      tensors.set(`${part}/${name}`, { dtype: "F32", shape: [data.length], data });
  for (const [name, { shape, data }] of Object.entries(precisions))
    tensors.set(`precisions/${name}`, { dtype: "F32", shape, data });
  const header = { iteration, options, ...(best && { best: factsOf(best) }) };
  const metadata = new Map([[headerKey, JSON.stringify(header)]]);
  await writeFileAtomic(path, writeSafetensors({ tensors, metadata }));
}

/**
 * Reads a checkpoint.
 *
 * @throws {OptionError} if there is none
 * @throws {WeightsError} if the file is damaged or no checkpoint
 */
export async function readDistilCheckpoint(path: string): Promise<DistilCheckpoint> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new OptionError(
      `${path} cannot be read: expected the checkpoint of a distillation to go on with. Leave out --resume to start anew.`,
      { cause },
    );
  });
  const { tensors, metadata } = readSafetensors(bytes);
  const text = metadata.get(headerKey);
  if (text === undefined)
    throw new WeightsError(
      `${path} is no checkpoint of a distillation: its metadata lack "${headerKey}".`,
    );
  const header = JSON.parse(text) as DistilCheckpointHeader;
  const entries = (part: string): (readonly [string, WeightsTensor])[] =>
    [...tensors]
      .filter(([name]) => name.startsWith(`${part}/`))
      .map(([name, found]) => [name.slice(part.length + 1), found]);
  const table = (part: (typeof parts)[number]): NetworkWeights =>
    new Map(entries(part).map(([name, found]) => [name, toFloat32(found)]));
  const { iteration, best } = header;
  const precisions = entries("precisions").map(
    ([name, found]) => [name, tensor(toFloat32(found), found.shape)] as const,
  );
  return {
    header,
    progress: {
      iteration,
      weights: table("weights"),
      first: table("first"),
      second: table("second"),
      precisions: Object.fromEntries(precisions),
      ...(best && { best: { ...best, weights: table("best") } }),
    },
  };
}
