import { OptionError, type OptimisationState } from "@deepstyle/core";
import { isObject, type Fields } from "../system/json.ts";
import type { Versions } from "../runtime/versions.ts";

/** What a checkpoint belongs to: by name what must be the same when it is gone on with, plain JSON. */
export type CheckpointWork = Readonly<Record<string, unknown>>;

/**
 * How vectors, numbers and what the work is made of are laid out; 1 where the file does not say. To be raised with every change
 * that a reader of before would misunderstand.
 */
export const checkpointFormat = 2;

/** Everything of a picture's checkpoint that is no vector. Plain JSON. */
export interface CheckpointHeader {
  /** See {@link checkpointFormat}. */
  readonly format: number;
  /** What wrote it. */
  readonly versions: Versions;
  /** Bytes that the work was planned for. */
  readonly memory: number;
  /** What it belongs to. */
  readonly work: CheckpointWork;
  readonly state: Omit<OptimisationState, "pixels" | "optimiser" | "average">;
  /** The optimiser's. */
  readonly numbers: OptimisationState["optimiser"]["numbers"];
  /** Iterates in the average, where there is one. */
  readonly updates?: number | undefined;
}

/**
 * Takes the header of a checkpoint from JSON that anybody may have written. Whether its numbers fit the work is
 * looked at where the work is known, by `optimise` and the optimiser.
 *
 * @throws {OptionError} if it is of another format, or a field is not as it should be
 */
export function headerFrom(path: string, header: Fields): CheckpointHeader {
  expectHeader(path, header);
  const { state, ...others } = header;
  // JSON has no words for losses that are not finite.
  const recent = state.recent.map((losses) => ({
    ...losses,
    total: (losses.total as number | null) ?? NaN,
  }));
  return { ...others, format: checkpointFormat, state: { ...state, recent } };
}

function expectHeader(path: string, header: Fields): asserts header is Fields & CheckpointHeader {
  const expectIt = (isRight: boolean, field: string, expected: string): void => {
    if (isRight) return;
    throw new OptionError(
      `${path} cannot be gone on with: its ${field} must be ${expected}. Leave out --resume to start anew.`,
    );
  };
  const { format = 1, versions: then } = header;
  const { memory, work, state, numbers, updates } = header;
  if (format !== checkpointFormat)
    throw new OptionError(
      `${path} has format ${JSON.stringify(format)}, written by ${writerOf(then)}: expected ${checkpointFormat}. Go on with the version that wrote it, or leave out --resume to start anew.`,
    );
  const hasVersions = isObject(then) && [then["deepstyle"], then["onnxruntime"]].every(isVersion);
  expectIt(hasVersions, "versions", "an object with deepstyle and onnxruntime");
  expectIt(isNumber(memory) && memory > 0, "memory", "a number of bytes");
  expectIt(isObject(work), "work", "an object");
  expectIt(isObject(numbers), "numbers", "an object");
  expectIt(updates === undefined || isNumber(updates), "updates", "a number");
  expectIt(isObject(state), "state", "an object");
  const { recent, ...counts } = state as Fields;
  for (const name of ["stage", "step", "iteration", "evaluations", "seconds"])
    expectIt(isNumber(counts[name]), `state's ${name}`, "a number");
  expectIt(Array.isArray(recent) && recent.every(isLosses), "state's recent", "a list of losses");
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

function isVersion(value: unknown): value is string {
  return typeof value === "string" && /^[\w.+-]{1,40}$/.test(value);
}

function isLosses(value: unknown): boolean {
  if (!isObject(value) || !isObject(value["terms"])) return false;
  return [value["total"], ...Object.values(value["terms"])].every(
    (loss) => loss === null || isNumber(loss),
  );
}

function writerOf(versions: unknown): string {
  const version = isObject(versions) ? versions["deepstyle"] : undefined;
  return isVersion(version) ? `deepstyle ${version}` : "another version";
}
