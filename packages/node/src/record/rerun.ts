import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { PaintEvent, StylizeEvent } from "@deepstyle/core";
import { dream, type DreamResult } from "../jobs/dream.ts";
import { RecordError } from "../errors.ts";
import { sha256OfFile } from "../system/inputFile.ts";
import { checkImageWritable, encodeImage, expectHolds, formatNameOf } from "../media/imageFile.ts";
import { ModelStore, type ModelOptions, type WeightsOrigin } from "../models/modelStore.ts";
import { stylizeWithNetwork, type NetworkResult } from "../jobs/stylizeWithNetwork.ts";
import { expectPlaces, readPlace, type Place } from "../system/places.ts";
import {
  isByNetwork,
  readRecord,
  type DreamRecord,
  type NetworkRecord,
  type OptimisedRecord,
  type PictureRecord,
} from "./record.ts";
import { writeResult } from "../media/rescue.ts";
import { sha256 } from "../system/sha256.ts";
import { sourcePlaces } from "../jobs/sourcePlaces.ts";
import { stylize, type StylizeResult } from "../jobs/stylize.ts";
import { whyUnread } from "../system/systemErrors.ts";
import { machineName, versions } from "../runtime/versions.ts";

/** Settings of {@link rerun}. */
export interface RerunOptions extends ModelOptions {
  /**
   * Where to write; the place that the record names if left out. A file that is there is then kept unless it has
   * the record's bytes.
   */
  readonly output?: string | undefined;
  /** Ends the work; nothing is written then. */
  readonly signal?: AbortSignal | undefined;
  /** Told about plan, iterations and warnings. */
  readonly onEvent?: ((event: StylizeEvent | PaintEvent) => void) | undefined;
}

/** What came out of {@link rerun}. */
export interface RerunResult {
  /** The record that was read. */
  readonly record: PictureRecord;
  /** The picture that was made now. */
  readonly result: StylizeResult | DreamResult | NetworkResult;
  /** Where the picture was to be written. */
  readonly output: string;
  /** Whether the work was ended early. */
  readonly interrupted: boolean;
  /**
   * Whether the picture is that of the record: whether its bytes are, in the record's format, whatever format it is
   * written in.
   */
  readonly identical: boolean;
  /** Names of the formats, where it is written in another than the record's. */
  readonly format: { readonly recorded: string; readonly written: string } | undefined;
  /** Where it is not that of the record: what else is not as it was, `deepstyle 0.1.0, now 0.2.0`. */
  readonly changes: readonly string[];
  /** Not written: what was ended early, and other bytes than the record's to the record's place. */
  readonly written: boolean;
}

/**
 * Makes the picture of a record again, on the same device with as many threads.
 *
 * @param path - a file that {@link writeRecord} wrote
 * @throws {OptionError} if an option of the record is out of its range
 * @throws {RecordError} if the record is damaged, is that of an interrupted run or of pictures in
 *   memory, or if one of its files has changed, also the picture where no other place is named
 * @throws {OptionError} if the picture would take the place of a file that it is made from
 * @throws {MediaError} if the output's format cannot hold the record's bits per channel
 * @throws {RuntimeUnavailableError} if the machine does not offer the record's device
 * @throws what `signal` was aborted with, where a network paints
 */
export async function rerun(path: string, options: RerunOptions = {}): Promise<RerunResult> {
  const record = await readRecord(path);
  if (!isByNetwork(record) && record.interrupted)
    throw new RecordError(
      `${path} is the record of an interrupted run, which cannot be repeated: expected one that came to its end. Run ${"dream" in record ? "dream" : "stylize"} again.`,
    );
  const again = await repeatable(record, options);
  const output = options.output ?? record.output.path!;
  const { bitDepth = 8 } = record.output;
  await expectPlaces({
    reads: [
      { path, role: "the record" },
      ...recordPlaces(record),
      ...(await weightsPlaces(record, options)),
    ],
    writes: [{ path: output, role: "the picture", remedy: "Choose another output with -o." }],
  });
  await checkImageWritable(output, { bitDepth });
  expectHolds(output, record.output, { bitDepth });
  const isAsked = options.output !== undefined;
  if (!isAsked) await expectUnchanged(path, record);
  const result = await again();
  const format = otherFormat(record.output.path!, output);
  const bytes = await encodeImage(output, result.picture, { bitDepth });
  // The container follows the name: the bytes of a .jpg say nothing about the record of a .png.
  const compared = format
    ? await encodeImage(record.output.path!, result.picture, { bitDepth })
    : bytes;
  const interrupted = "interrupted" in result && result.interrupted;
  const identical = !interrupted && sha256(compared) === record.output.sha256;
  const written = !interrupted && (identical || isAsked);
  // Hours may have passed.
  if (written && !isAsked) await expectUnchanged(path, record);
  if (written) await writeResult(output, result.picture, { bitDepth }, bytes);
  const changes = identical || interrupted ? [] : changesSince(record);
  return { record, result, output, interrupted, identical, format, changes, written };
}

function otherFormat(before: string, now: string): RerunResult["format"] {
  const [recorded, written] = [formatNameOf(before), formatNameOf(now)];
  return recorded === written ? undefined : { recorded, written };
}

/** What computes otherwise than when a record was written, as far as the record tells. */
function changesSince({ versions: then, machine }: PictureRecord): string[] {
  const now = versions();
  return [
    ["deepstyle", then.deepstyle, now.deepstyle],
    ["ONNX Runtime", then.onnxruntime, now.onnxruntime],
    ["the machine", machine, machineName()],
  ].flatMap(([what, before, after]) =>
    before === after ? [] : [`${what!} was ${before!} and is ${after!}`],
  );
}

/** @throws {RecordError} if there is another picture by now where that of the record was */
async function expectUnchanged(path: string, { output }: PictureRecord): Promise<void> {
  const place = output.path!;
  if (!existsSync(place) || (await sha256OfFile(place)) === output.sha256) return;
  throw new RecordError(
    `${place} is not the picture of ${path}, or has changed since: it would be overwritten. Choose another output with -o, or move it.`,
  );
}

/** Makes ready to do the work once more, after a look whether everything is still the same. */
async function repeatable(
  record: PictureRecord,
  options: RerunOptions,
): Promise<() => Promise<RerunResult["result"]>> {
  if (isByNetwork(record)) return await networkAgain(record, options);
  if ("dream" in record) return await dreamAgain(record, options);
  return await optimisationAgain(record, options);
}

async function optimisationAgain(
  record: OptimisedRecord,
  options: RerunOptions,
): Promise<() => Promise<StylizeResult>> {
  const files = await sameFiles(record);
  const models = await sameWeights(record, options);
  const { recipe, device, threads, memory } = record;
  const { signal, onEvent } = options;
  return () => stylize({ ...recipe, ...files, models, device, threads, memory, signal, onEvent });
}

async function dreamAgain(
  record: DreamRecord,
  options: RerunOptions,
): Promise<() => Promise<DreamResult>> {
  const photo = await sameFile("content", record.content);
  const models = await sameWeights(record, options);
  const { device, threads } = record;
  const { signal, onEvent } = options;
  return () => dream({ ...record.dream, photo, models, device, threads, signal, onEvent });
}

async function networkAgain(
  record: NetworkRecord,
  { signal, onEvent }: RerunOptions,
): Promise<() => Promise<NetworkResult>> {
  const content = await sameFile("content", record.content);
  const network = await sameFile("network", record.network);
  const { strength, grain, size, tile, colours, device, threads } = record;
  const styles = Object.entries(record.styles).map(([name, weight]) => ({ name, weight }));
  const regions = await Promise.all(
    (record.regions ?? []).map(async ({ mask, style }) => ({
      ...{ style, mask: await sameFile("mask of a region", mask) },
    })),
  );
  const given = {
    content,
    network,
    styles,
    regions,
    strength,
    grain,
    tile,
    device,
    threads,
    signal,
    onEvent,
  };
  return () => stylizeWithNetwork({ ...given, ...colours, ...(size !== null && { size }) });
}

/** The pictures of a record, after a look whether they are still the same. */
async function sameFiles({
  content,
  styles,
  regions,
  fineStyle,
  initial,
  reference,
}: OptimisedRecord) {
  return {
    content: await sameFile("content", content),
    styles: await Promise.all(
      styles.map(async (style) => ({
        picture: await sameFile("style", style),
        weight: style.weight,
      })),
    ),
    ...(regions && {
      regions: await Promise.all(
        regions.map(async ({ mask, picture, styleMask }) => ({
          mask: await sameFile("mask of a region", mask),
          picture: await sameFile("painting of a region", picture),
          ...(styleMask && { styleMask: await sameFile("style mask of a region", styleMask) }),
        })),
      ),
    }),
    ...(fineStyle && { fineStyle: await sameFile("fine style", fineStyle) }),
    ...(initial && { initial: await sameFile("initial picture", initial) }),
    ...(reference && { reference: await sameFile("reference", reference) }),
  };
}

/** @throws {RecordError} if a file is missing or has changed */
async function sameFile(
  what: string,
  { path, sha256: expected }: { readonly path: string | null; readonly sha256: string },
): Promise<string> {
  if (path === null)
    throw new RecordError(
      `the ${what} of this record was a picture in memory: expected a file. Write it to one, and start from that.`,
    );
  let found: string;
  try {
    found = await sha256OfFile(path);
  } catch (cause) {
    throw new RecordError(
      `${path}, the ${what} of this record, ${whyUnread(path, cause)}. Put the file back, or change its path in the record.`,
      { cause },
    );
  }
  if (found !== expected)
    throw new RecordError(
      `${path}, the ${what} of this record, has changed: expected sha256 ${short(expected)}, got ${short(found)}. Put the old file back.`,
    );
  return path;
}

/** Weights, by the names of their networks. */
type Weights = Readonly<Record<string, WeightsOrigin>>;

/** The weights that a record names; those of a network are in its file. */
function weightsOf(record: PictureRecord): Weights {
  return isByNetwork(record) ? {} : record.weights;
}

/** Where the weights of a record are looked for: where it found them, unless other models are given. */
function storeFor(weights: Weights, { models }: ModelOptions): ModelStore {
  if (models instanceof ModelStore) return models;
  const before = Object.values(weights).map(({ path }) => dirname(path));
  return new ModelStore({ models: models ?? before.filter((folder) => existsSync(folder)) });
}

/** The models, after a look whether the weights are still the same. */
async function sameWeights(record: PictureRecord, options: ModelOptions): Promise<ModelStore> {
  const weights = weightsOf(record);
  const store = storeFor(weights, options);
  for (const [name, origin] of Object.entries(weights)) await expectSame(store, name, origin);
  return store;
}

/** The weights that the picture of a record is made with now. */
async function weightsPlaces(record: PictureRecord, options: ModelOptions): Promise<Place[]> {
  const weights = weightsOf(record);
  const store = storeFor(weights, options);
  const paths = await Promise.all(Object.keys(weights).map((name) => store.find(name)));
  return paths.flatMap((path) => readPlace("the weights", path));
}

/** @throws {RecordError} if the weights of a network are others than those of a record */
async function expectSame(store: ModelStore, name: string, before: WeightsOrigin): Promise<void> {
  const { path, sha256: found } = await store.read(name);
  if (found === before.sha256) return;
  throw new RecordError(
    `${path} is not the file of this record: expected sha256 ${short(before.sha256)}, got ${short(found)}. Name the folder of the old one with --models DIR.`,
  );
}

function short(hash: string): string {
  return `${hash.slice(0, 12)}…`;
}

/** The files that the picture of a record is made from. */
function recordPlaces(record: PictureRecord): Place[] {
  if (isByNetwork(record))
    return [
      ...readPlace("the photo", record.content.path),
      ...readPlace("the network", record.network.path),
      ...(record.regions ?? []).flatMap(({ mask }) => readPlace("the mask of a region", mask.path)),
    ];
  if ("dream" in record)
    return [
      ...readPlace("the photo", record.content.path),
      ...Object.values(record.weights).flatMap((file) => readPlace("the weights", file.path)),
    ];
  return sourcePlaces(record);
}
