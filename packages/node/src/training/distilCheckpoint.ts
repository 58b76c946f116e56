import { factsOf, type BestFacts, type DistilOptions, type DistilProgress } from "@deepstyle/core";
import { isCount, isObject } from "../system/json.ts";
import { readState, writeState } from "../checkpoint/stateFile.ts";
import type { LoggedLosses } from "./trainingLog.ts";

/** What a checkpoint of a distillation says about it. */
interface DistilCheckpointHeader {
  readonly iteration: number;
  readonly options: DistilOptions;
  readonly best?: BestFacts | undefined;
  /** Losses that are in no line of the log yet. */
  readonly pending?: readonly LoggedLosses[] | undefined;
}

/** A checkpoint that has been read. */
export interface DistilCheckpoint {
  readonly header: DistilCheckpointHeader;
  readonly progress: DistilProgress;
}

/**
 * Writes all that is needed to go on with a distillation, completely or not at all.
 *
 * @throws {FileError} if the file cannot be written; an older one is then still there
 */
export async function writeDistilCheckpoint(
  path: string,
  { iteration, weights, first, second, best, precisions }: DistilProgress,
  header: Pick<DistilCheckpointHeader, "options" | "pending">,
): Promise<void> {
  await writeState(
    path,
    "distillation",
    { iteration, ...header, ...(best && { best: factsOf(best) }) },
    {
      weights,
      first,
      second,
      best: best?.weights ?? new Map(),
      precisions: new Map(Object.entries(precisions)),
    },
  );
}

/**
 * Reads a checkpoint.
 *
 * @throws {OptionError} if there is none
 * @throws {WeightsError} if the file is damaged or no checkpoint
 */
export async function readDistilCheckpoint(path: string): Promise<DistilCheckpoint> {
  const { header, table, tensors } = await readState(path, "distillation", isHeader);
  const { iteration, best } = header;
  return {
    header,
    progress: {
      iteration,
      weights: table("weights"),
      first: table("first"),
      second: table("second"),
      precisions: tensors("precisions") as DistilProgress["precisions"],
      ...(best && { best: { ...best, weights: table("best") } }),
    },
  };
}

/** Its options are looked at where they are parsed. */
function isHeader(header: unknown): header is DistilCheckpointHeader {
  if (!isObject(header)) return false;
  const { iteration, options, best } = header;
  return isCount(iteration) && isObject(options) && (best === undefined || isBest(best));
}

function isBest(best: unknown): boolean {
  if (!isObject(best)) return false;
  const { iteration, explained, agreement } = best;
  return isCount(iteration) && Number.isFinite(explained) && isObject(agreement);
}
