import { dirname, relative, resolve, sep } from "node:path";
import {
  dreamOptions,
  paintColours,
  parseBoundedJson,
  recipeOptions,
  settleColours,
  settleDream,
  settleRecipe,
  type SettledColours,
  type SettledDream,
  type SettledRecipe,
  type StyleShares,
  type TraceRecord,
} from "@deepstyle/core";
import type { Device } from "@deepstyle/engine";
import type { DreamResult } from "../jobs/dream.ts";
import { RecordError } from "../errors.ts";
import { writeFileAtomic } from "../system/files.ts";
import { readInputText, sha256OfFile } from "../system/inputFile.ts";
import { readBitDepth, type BitDepth } from "../media/imageFile.ts";
import type { WeightsOrigin } from "../models/modelStore.ts";
import type { NetworkResult } from "../jobs/stylizeWithNetwork.ts";
import { expectRecordFields } from "./recordFields.ts";
import type { NetworkRegionOrigin } from "../jobs/regions.ts";
import type { Source } from "../media/source.ts";
import type { Sources, StylizeResult } from "../jobs/stylize.ts";
import { isObject } from "../system/json.ts";
import { whyUnread } from "../system/systemErrors.ts";
import { machineName, versions, type Versions } from "../runtime/versions.ts";

/** A picture that was written to a file. */
export interface WrittenPicture extends Source {
  /** Bits per channel; 8 in records that do not say so. */
  readonly bitDepth?: BitDepth;
}

/** What the records of all pictures say. */
export interface RecordFacts {
  /** The photo. */
  readonly content: Source;
  /** The picture that came out. */
  readonly output: WrittenPicture;
  /** Where it was computed. */
  readonly device: Device;
  /** Threads of the CPU. */
  readonly threads: number;
  /** System and processor. */
  readonly machine: string;
  /** Versions of what computed it. */
  readonly versions: Versions;
  /** What the work took. */
  readonly seconds: number;
}

/** What the records of pictures say that were made step by step. */
export interface IterationFacts {
  /** Whether the work was ended early; such a picture cannot be made again. */
  readonly interrupted: boolean;
  /** Losses of the result; null where none was looked at. */
  readonly losses: TraceRecord | null;
  /** Evaluations of the objective, one forward and one backward pass each. */
  readonly evaluations: number;
}

/** What made a picture by optimisation. */
export interface OptimisedRecord extends RecordFacts, IterationFacts, Sources {
  /** Every option, settled; the seed is one of them. */
  readonly recipe: SettledRecipe;
  /** Bytes of memory that the work was planned for, where it was done in tiles. */
  readonly memory?: number;
}

/** What made a deep dream. */
export interface DreamRecord extends RecordFacts, IterationFacts {
  /** Every option, settled; the seed is one of them. */
  readonly dream: SettledDream;
  /** The weights of the networks that were looked at, by the networks' names. */
  readonly weights: Readonly<Record<string, WeightsOrigin>>;
}

/** What made a picture by a network. */
export interface NetworkRecord extends RecordFacts {
  /** The network's file. */
  readonly network: WeightsOrigin;
  /** Share of each style; they need not sum to 1. */
  readonly styles: StyleShares;
  /** Parts of the photo that had styles of their own. */
  readonly regions?: readonly NetworkRegionOrigin[];
  /** From 0, the photo, to 1. */
  readonly strength: number;
  /** Deviation of the grain of calm parts, in steps of 1/255. */
  readonly grain: number;
  /** Longer side that was asked for; null where the photo's was kept. */
  readonly size: number | null;
  /** Side of the tiles in pixels; null for none. */
  readonly tile: number | null;
  /** What was done about colours. */
  readonly colours: SettledColours;
}

/** What made a picture: enough to make the same bytes again. Plain JSON. */
export type PictureRecord = OptimisedRecord | DreamRecord | NetworkRecord;

/** Whether a record, or a result, is that of a network. */
export function isByNetwork<Made extends object>(
  made: Made,
): made is Extract<Made, { readonly network: unknown }> {
  return "network" in made;
}

/**
 * The record of a picture that has been written. The bits per channel are the file's own.
 *
 * @param output - the file that the picture was written to
 * @throws Error as the system or the decoder throws it, if that file cannot be read
 */
export async function createRecord(
  result: StylizeResult | DreamResult | NetworkResult,
  output: string,
): Promise<PictureRecord> {
  const { picture, device, threads, seconds } = result;
  const { width, height } = picture;
  const sha256 = await sha256OfFile(output);
  const bitDepth = await readBitDepth(output);
  const facts = {
    output: { path: resolve(output), sha256, width, height, bitDepth },
    device,
    threads,
    machine: machineName(),
    versions: versions(),
    seconds,
  };
  if (isByNetwork(result)) {
    const { content, network, styles, regions, strength, grain } = result;
    const { size, tile, colours } = result;
    const parts = regions && { regions };
    const settings = { strength, grain, size, tile, colours };
    return { content, network, styles, ...parts, ...settings, ...facts };
  }
  const { interrupted, evaluations, losses = null } = result;
  const course = { interrupted, losses, evaluations };
  if ("source" in result) {
    const { recipe: dream, source: content, weights } = result;
    return { dream, content, weights, ...facts, ...course };
  }
  const { recipe, sources, memory } = result;
  const planned = memory === undefined ? {} : { memory };
  return { recipe, ...sources, ...facts, ...planned, ...course };
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
  const content = migrated(parseJson(path, await readText(path)));
  expectRecord(path, content);
  const folder = dirname(resolve(path));
  const full = (file: string): string => resolve(folder, file);
  if (isByNetwork(content)) {
    // Records are older than these options.
    const { colours = {}, grain = 0 } = content as Partial<NetworkRecord>;
    const settled = settleColours(paintColours.parse(colours));
    return withPaths({ ...content, grain, colours: settled }, full);
  }
  if ("dream" in content) {
    const dream = settleDream(dreamOptions.parse(content.dream), content.content);
    return withPaths({ ...content, dream }, full);
  }
  const recipe = settleRecipe(recipeOptions.parse(content.recipe));
  return withPaths({ ...content, recipe }, full);
}

function withPaths(record: PictureRecord, change: (path: string) => string): PictureRecord {
  const source = <S extends { readonly path: string | null }>(file: S): S =>
    file.path === null ? file : { ...file, path: change(file.path) };
  const ends = { content: source(record.content), output: source(record.output) };
  if (isByNetwork(record)) {
    const regions = record.regions?.map((region) => ({ ...region, mask: source(region.mask) }));
    return { ...record, ...ends, network: source(record.network), ...(regions && { regions }) };
  }
  if ("dream" in record)
    return { ...record, ...ends, weights: weightsWith(source, record.weights) };
  return {
    ...record,
    ...ends,
    styles: record.styles.map(source),
    ...(record.regions && {
      regions: record.regions.map(({ mask, picture, styleMask }) => ({
        mask: source(mask),
        picture: source(picture),
        ...(styleMask && { styleMask: source(styleMask) }),
      })),
    }),
    ...(record.fineStyle && { fineStyle: source(record.fineStyle) }),
    ...(record.initial && { initial: source(record.initial) }),
    ...(record.reference && { reference: source(record.reference) }),
    weights: weightsWith(source, record.weights),
  };
}

function weightsWith(
  change: (file: WeightsOrigin) => WeightsOrigin,
  weights: DreamRecord["weights"],
): DreamRecord["weights"] {
  return Object.fromEntries(Object.entries(weights).map(([name, file]) => [name, change(file)]));
}

/** Records of before named the weights of the chosen encoder alone, and those of GoogLeNet beside them. */
function migrated(content: unknown): unknown {
  if (!isObject(content)) return content;
  const { recipe, weights, googlenet, ...others } = content;
  if (!isObject(recipe) || !isObject(weights) || !("sha256" in weights)) return content;
  const encoder = typeof recipe["encoder"] === "string" ? recipe["encoder"] : "vgg19";
  return {
    ...others,
    recipe,
    weights: { [encoder]: weights, ...(googlenet !== undefined && { googlenet }) },
  };
}

async function readText(path: string): Promise<string> {
  try {
    return await readInputText(path);
  } catch (cause) {
    const problem = whyUnread(path, cause);
    throw new RecordError(`${path} ${problem}: expected a record. Check the name.`, { cause });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return parseBoundedJson(text);
  } catch (cause) {
    throw new RecordError(
      `${path} is not JSON: expected a record that --record wrote. Check the name.`,
      { cause },
    );
  }
}

/** @throws {RecordError} if a field that is needed to make the picture again is not as it should be */
function expectRecord(path: string, value: unknown): asserts value is PictureRecord {
  expectRecordFields(value, (field, expected) => {
    throw new RecordError(
      `${path}: "${field}" must be ${expected}. Is it a record that --record wrote?`,
    );
  });
}
