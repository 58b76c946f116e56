import { readFile } from "node:fs/promises";
import { dirname, relative, resolve, sep } from "node:path";
import { recipeOptions, settleRecipe, type SettledRecipe, type TraceRecord } from "@deepstyle/core";
import { devices, type Device } from "@deepstyle/engine";
import { RecordError } from "./errors.ts";
import { writeFileAtomic } from "./files.ts";
import { sha256OfFile } from "./sha256.ts";
import type { Source, Sources, StylizeResult } from "./stylize.ts";
import { systemCode } from "./systemErrors.ts";
import { machineName, versions, type Versions } from "./versions.ts";

/** What made a picture: enough to make the same bytes again. Plain JSON. */
export interface PictureRecord extends Sources {
  /** Every option, settled; the seed is one of them. */
  readonly recipe: SettledRecipe;
  /** The picture that came out. */
  readonly output: Source;
  /** Where it was computed. */
  readonly device: Device;
  /** Threads of the CPU. */
  readonly threads: number;
  /** System and processor. */
  readonly machine: string;
  /** Versions of what computed it. */
  readonly versions: Versions;
  /** Whether the work was ended early; such a picture cannot be made again. */
  readonly interrupted: boolean;
  /** Losses of the result; null where none was looked at. */
  readonly losses: TraceRecord | null;
  /** Evaluations of the objective, one forward and one backward pass each. */
  readonly evaluations: number;
  /** What the work took. */
  readonly seconds: number;
}

/**
 * The record of a picture that has been written.
 *
 * @param output - the file that the picture was written to
 * @throws Error as the system throws it, if that file cannot be read
 */
export async function createRecord(result: StylizeResult, output: string): Promise<PictureRecord> {
  const { picture, recipe, sources, device, threads, interrupted, evaluations, seconds } = result;
  const { width, height } = picture;
  return {
    recipe,
    ...sources,
    output: { path: resolve(output), sha256: await sha256OfFile(output), width, height },
    device,
    threads,
    machine: machineName(),
    versions: versions(),
    interrupted,
    losses: result.losses ?? null,
    evaluations,
    seconds,
  };
}

/**
 * Writes a record as JSON. Paths are written relative to its folder, so that pictures and record can
 * be moved together.
 *
 * @throws {FileError} if the file cannot be written
 */
export async function writeRecord(path: string, record: PictureRecord): Promise<void> {
  const folder = dirname(resolve(path));
  const portable = withPaths(record, (file) => relative(folder, file).split(sep).join("/"));
  await writeFileAtomic(path, `${JSON.stringify(portable, undefined, 2)}\n`);
}

/**
 * Reads a record that {@link writeRecord} wrote.
 *
 * @returns the record with full paths
 * @throws {RecordError} if the file is missing, no record, or damaged
 * @throws {OptionError} if its recipe is not valid in this version
 */
export async function readRecord(path: string): Promise<PictureRecord> {
  const content = parseJson(path, await readText(path));
  expectRecord(path, content);
  const recipe = settleRecipe(recipeOptions.parse(content.recipe));
  const folder = dirname(resolve(path));
  return withPaths({ ...content, recipe }, (file) => resolve(folder, file));
}

function withPaths(record: PictureRecord, change: (path: string) => string): PictureRecord {
  const source = <S extends { readonly path: string | null }>(file: S): S =>
    file.path === null ? file : { ...file, path: change(file.path) };
  return {
    ...record,
    content: source(record.content),
    styles: record.styles.map(source),
    ...(record.initial && { initial: source(record.initial) }),
    weights: source(record.weights),
    output: source(record.output),
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const problem =
      systemCode(cause) === "ENOENT"
        ? "does not exist"
        : `cannot be read: the system says "${cause instanceof Error ? cause.message : String(cause)}"`;
    throw new RecordError(`${path} ${problem}: expected a record. Check the name.`, { cause });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RecordError(
      `${path} is not JSON: expected a record that stylize --record wrote. Check the name.`,
      { cause },
    );
  }
}

/** @throws {RecordError} if a field that is needed to make the picture again is not as it should be */
function expectRecord(path: string, value: unknown): asserts value is PictureRecord {
  const fail = (field: string, expected: string): never => {
    throw new RecordError(
      `${path}: "${field}" must be ${expected}. Is it a record that stylize --record wrote?`,
    );
  };
  if (!isObject(value)) return fail("record", "an object");
  const { recipe, content, styles, initial, weights, output, device, threads } = value;
  if (!isObject(recipe)) return fail("recipe", "an object");
  if (!isSource(content)) return fail("content", sourceFields);
  if (!Array.isArray(styles) || !styles.every(isWeightedSource))
    return fail("styles", `a list of ${sourceFields} and weight`);
  if (initial !== undefined && !isSource(initial)) return fail("initial", sourceFields);
  if (!isSource(weights) || weights["path"] === null) return fail("weights", sourceFields);
  if (!isSource(output) || output["path"] === null) return fail("output", sourceFields);
  if (!devices.some((name) => name === device))
    return fail("device", `one of ${devices.join(", ")}`);
  if (!Number.isInteger(threads)) return fail("threads", "a whole number");
  if (!isObject(value["versions"])) return fail("versions", "an object");
}

const sourceFields = "an object with path and sha256";

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSource(value: unknown): value is Fields {
  if (!isObject(value)) return false;
  const { path, sha256 } = value;
  return (path === null || typeof path === "string") && typeof sha256 === "string";
}

function isWeightedSource(value: unknown): boolean {
  return isSource(value) && typeof value["weight"] === "number";
}
