import type { BestNetwork, TrainingOptions, TrainingProgress } from "@deepstyle/core";
import { isCount, isObject, isText } from "../system/json.ts";
import { readState, writeState } from "../checkpoint/stateFile.ts";
import type { LoggedLosses } from "./trainingLog.ts";

/** What a checkpoint says about the training that it belongs to. */
export interface CheckpointHeader {
  readonly iteration: number;
  readonly options: TrainingOptions;
  /** Names of all styles of the network. */
  readonly styles: readonly string[];
  /** Numbers of the styles that are learnt. */
  readonly learns: readonly number[];
  readonly best?: Omit<BestNetwork, "weights"> | undefined;
  /** Losses that are in no line of the log yet. */
  readonly pending?: readonly LoggedLosses[] | undefined;
}

/** A checkpoint that has been read. */
export interface Checkpoint {
  readonly header: CheckpointHeader;
  readonly progress: TrainingProgress;
}

/**
 * Writes all that is needed to go on with a training, completely or not at all.
 *
 * @throws {FileError} if the file cannot be written; an older one is then still there
 */
export async function writeCheckpoint(
  path: string,
  { iteration, weights, first, second, best }: TrainingProgress,
  header: Pick<CheckpointHeader, "options" | "styles" | "learns" | "pending">,
): Promise<void> {
  const bestFacts = best && { iteration: best.iteration, total: best.total, terms: best.terms };
  await writeState(
    path,
    "training",
    { ...header, iteration, best: bestFacts },
    { weights, first, second, best: best?.weights ?? new Map() },
  );
}

/**
 * Reads a checkpoint.
 *
 * @throws {OptionError} if there is none
 * @throws {WeightsError} if the file is damaged or no checkpoint
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { header, table } = await readState(path, "training", isHeader);
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

/** Its options are looked at where they are parsed. */
function isHeader(header: unknown): header is CheckpointHeader {
  if (!isObject(header)) return false;
  const { iteration, options, styles, learns, best } = header;
  return (
    isCount(iteration) &&
    isObject(options) &&
    Array.isArray(styles) &&
    styles.every(isText) &&
    Array.isArray(learns) &&
    learns.every(isCount) &&
    (best === undefined || isBest(best))
  );
}

function isBest(best: unknown): boolean {
  if (!isObject(best)) return false;
  const { iteration, total, terms } = best;
  return (
    isCount(iteration) &&
    Number.isFinite(total) &&
    isObject(terms) &&
    Object.values(terms).every((term) => term === null || typeof term === "number")
  );
}
