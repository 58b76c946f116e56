// The safetensors format: eight bytes of header length, a JSON header, then the tensors' bytes.
// Source: the format section of huggingface/safetensors' README and its Rust reader's checks.

import { decodeFloat16, elementCount, formatShape, typedArrayFromBytes } from "@deepstyle/engine";
import type { DType, TypedArrayOf } from "@deepstyle/engine";
import { WeightsError } from "../errors.ts";
import { endOfText, JsonBoundsError, parseBoundedJson } from "./boundedJson.ts";

/** The engine's storage of each element type; a bfloat16 is kept as its 16 bits, like a float16. */
const storage = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "float16",
  I64: "int64",
  I32: "int32",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
} as const satisfies Record<string, DType>;

const bytesPerElement: Readonly<Record<WeightsDType, number>> = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

/** Element type, named as in the file. */
export type WeightsDType = keyof typeof storage;

/** A named tensor's content as stored. */
export type WeightsTensor = {
  [D in WeightsDType]: {
    readonly dtype: D;
    /** Axis lengths, outermost first. */
    readonly shape: readonly number[];
    /** Elements, row-major; F16 and BF16 as bit patterns, BOOL as 0 and 1. */
    readonly data: TypedArrayOf<(typeof storage)[D]>;
  };
}[WeightsDType];

/** What a safetensors file holds. */
export interface Safetensors {
  /** Tensors by name. */
  readonly tensors: ReadonlyMap<string, WeightsTensor>;
  /** Free text about the file: its `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** Where a tensor lies, as the header says. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: WeightsDType;
  readonly shape: readonly number[];
  /** Bytes from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

const LENGTH_BYTES = 8;
// The limit of the reference reader: a hundred million bytes.
const MAX_HEADER_BYTES = 100_000_000;
/** The header, a tensor's description, its shape: nothing lies deeper. */
const HEADER_BOUNDS = { depth: 3 };
/** Axes of a tensor. */
const MAX_AXES = 64;
const METADATA = "__metadata__";
// Names that would reach into an object's prototype where someone keeps tensors in a plain object.
const FORBIDDEN_NAMES: readonly string[] = ["__proto__", "constructor", "prototype"];

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads a safetensors file. Nothing is allocated on the word of the file: every length is first held
 * against the bytes that are there.
 *
 * @param bytes - the whole file. Tensors are views of it where it is aligned for them, so it must
 *   not be changed afterwards
 * @throws {WeightsError} if the header is damaged, if a tensor's type, shape and place do not fit
 *   each other, or if the tensors do not cover the data exactly, without overlaps or holes
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { entries, metadata, headerEnd } = readSafetensorsIndex(bytes, bytes.length);
  const tensors = new Map<string, WeightsTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    // Not bytes.subarray: of a Node Buffer that is a Buffer, whose slice() does not copy.
    const part = new Uint8Array(bytes.buffer, bytes.byteOffset + headerEnd + begin, end - begin);
    const data = typedArrayFromBytes(storage[dtype], part);
    tensors.set(name, { dtype, shape, data } as WeightsTensor);
  }
  return { tensors, metadata };
}

/** What the header of a safetensors file says. */
export interface SafetensorsIndex {
  /** Where each tensor lies, in bytes from `headerEnd`. */
  readonly entries: readonly SafetensorsEntry[];
  /** Free text about the file. */
  readonly metadata: ReadonlyMap<string, string>;
  /** Bytes before the first tensor. */
  readonly headerEnd: number;
}

/**
 * Reads the header alone, for a file that is too large to be in memory at once.
 *
 * @param start - the beginning of the file, all of the header at least; see {@link headerBytes}
 * @param length - of the whole file in bytes
 * @throws {WeightsError} as {@link readSafetensors} does
 */
export function readSafetensorsIndex(start: Uint8Array, length: number): SafetensorsIndex {
  const headerEnd = headerBytes(start, length);
  const header = parseHeader(start.subarray(LENGTH_BYTES, headerEnd));
  const { entries, metadata } = readHeader(header);
  checkCoverage(entries, length - headerEnd);
  return { entries, metadata, headerEnd };
}

/**
 * How many bytes the header takes, its length included.
 *
 * @param start - the first 8 bytes of the file at least
 * @param length - of the whole file in bytes
 * @throws {WeightsError} if there cannot be such a header
 */
export function headerBytes(start: Uint8Array, length: number): number {
  return LENGTH_BYTES + headerLength(start, length);
}

/**
 * Writes a safetensors file: tensors by falling size of their elements, otherwise in the order
 * given, so that each lies aligned and a reader need not copy it. Equal input gives equal bytes.
 *
 * @param content - `tensors` by name; `metadata`: free text about the file, none by default
 * @throws {WeightsError} if a shape does not fit its data or a name cannot be used
 */
export function writeSafetensors(content: {
  readonly tensors: ReadonlyMap<string, WeightsTensor>;
  readonly metadata?: ReadonlyMap<string, string>;
}): Uint8Array<ArrayBuffer> {
  const parts = safetensorsParts(content);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * The bytes of {@link writeSafetensors} in parts, one after the other: the header, then views of the
 * tensors, so that large ones need not be copied to be written.
 *
 * @throws {WeightsError} as {@link writeSafetensors} does
 */
export function safetensorsParts(content: {
  readonly tensors: ReadonlyMap<string, WeightsTensor>;
  readonly metadata?: ReadonlyMap<string, string>;
}): Uint8Array[] {
  const tensors = [...content.tensors].sort(
    ([, a], [, b]) => bytesPerElement[b.dtype] - bytesPerElement[a.dtype],
  );
  const fields: string[] = [];
  if (content.metadata !== undefined && content.metadata.size > 0)
    fields.push(`${JSON.stringify(METADATA)}:${metadataJson(content.metadata)}`);
  let size = 0;
  for (const [name, tensor] of tensors) {
    checkWritable(name, tensor);
    const { dtype, shape, data } = tensor;
    const info = { dtype, shape, data_offsets: [size, size + data.byteLength] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(info)}`);
    size += data.byteLength;
  }
  const json = utf8Encoder.encode(`{${fields.join(",")}}`);
  const padding = -json.length & 7;
  const headerEnd = LENGTH_BYTES + json.length + padding;
  const header = new Uint8Array(headerEnd).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(json.length + padding), true);
  header.set(json, LENGTH_BYTES);
  const views = tensors.map(
    ([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  return [header, ...views];
}

/**
 * A tensor's elements as float32: exact for F32, F16, BF16, U8, I8 and BOOL, rounded to nearest for
 * F64, I32 and I64.
 *
 * @returns for F32 the tensor's own data, otherwise a new array
 */
export function toFloat32({ dtype, data }: WeightsTensor): Float32Array {
  switch (dtype) {
    case "F32":
      return data;
    case "F16":
      return decodeFloat16(data);
    case "BF16":
      return new Float32Array(Uint32Array.from(data).map((bits) => bits << 16).buffer);
    case "I64":
      return Float32Array.from(data, Number);
    default:
      return Float32Array.from(data);
  }
}

function headerLength(bytes: Uint8Array, fileLength: number): number {
  if (bytes.length < LENGTH_BYTES)
    throw damaged(`expected at least ${LENGTH_BYTES} bytes, got ${bytes.length}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES)
    throw damaged(`a header of ${length.toString()} bytes is larger than ${MAX_HEADER_BYTES}`);
  const available = fileLength - LENGTH_BYTES;
  if (length > available)
    throw damaged(
      `the header takes ${length.toString()} bytes, the file has only ${available} left`,
    );
  return Number(length);
}

function parseHeader(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  let header: unknown;
  let text: string;
  try {
    text = utf8Decoder.decode(bytes);
    header = parseBoundedJson(text, HEADER_BOUNDS);
  } catch (cause) {
    const problem = cause instanceof JsonBoundsError ? cause.message : "not JSON";
    throw damaged(`the header is ${problem}`, cause);
  }
  checkDuplicates(text);
  if (!isObject(header)) throw damaged("the header is not a JSON object");
  return header;
}

/** JSON.parse keeps the last of two equal keys in silence; a second reader may keep the first. */
function checkDuplicates(json: string): void {
  const open: Set<string>[] = [];
  for (let i = 0; i < json.length; i++) {
    const sign = json[i];
    if (sign === "{") open.push(new Set());
    else if (sign === "}") open.pop();
    else if (sign === '"') {
      const end = endOfText(json, i);
      let next = end + 1;
      while (/\s/.test(json[next] ?? "")) next++;
      if (json[next] === ":") {
        const name = JSON.parse(json.slice(i, end + 1)) as string;
        const names = open.at(-1)!;
        if (names.has(name)) throw damaged(`the header names ${quote(name)} twice`);
        names.add(name);
      }
      i = next - 1;
    }
  }
}

function readHeader(header: Readonly<Record<string, unknown>>): {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: ReadonlyMap<string, string>;
} {
  const entries: SafetensorsEntry[] = [];
  let metadata: ReadonlyMap<string, string> = new Map();
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA) metadata = readMetadata(value);
    else entries.push(readEntry(name, value));
  }
  return { entries, metadata };
}

function readMetadata(value: unknown): ReadonlyMap<string, string> {
  if (!isObject(value)) throw damaged(`${METADATA} is not an object`);
  const metadata = new Map<string, string>();
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") throw damaged(`${METADATA} ${quote(key)} is not a string`);
    if (FORBIDDEN_NAMES.includes(key)) throw damaged(`${METADATA} has the key ${quote(key)}`);
    metadata.set(key, text);
  }
  return metadata;
}

function readEntry(name: string, value: unknown): SafetensorsEntry {
  if (FORBIDDEN_NAMES.includes(name)) throw damaged(`a tensor is named ${quote(name)}`);
  const wrong = (what: string): WeightsError => damaged(`tensor ${quote(name)}: ${what}`);
  if (!isObject(value)) throw wrong("its description is not an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isWeightsDType(dtype)) {
    const got = typeof dtype === "string" ? quote(dtype) : typeof dtype;
    throw wrong(`expected a dtype among ${Object.keys(storage).join(", ")}, got ${got}`);
  }
  if (!isListOfCounts(shape)) throw wrong("its shape is not a list of whole numbers from 0");
  if (shape.length > MAX_AXES)
    throw wrong(`its shape has ${shape.length} axes, expected at most ${MAX_AXES}`);
  if (!isListOfCounts(offsets) || offsets.length !== 2)
    throw wrong("its data_offsets are not two whole numbers from 0");
  const [begin, end] = offsets as [number, number];
  // Past the safe integers a product is rounded, and might by chance be right again.
  const size = elementCount(shape) * bytesPerElement[dtype];
  if (!Number.isSafeInteger(size) || size !== end - begin)
    throw wrong(
      `shape ${brief(formatShape(shape))} of ${dtype} takes ${size} bytes, data_offsets [${begin}, ${end}] give ${end - begin}`,
    );
  return { name, dtype, shape, begin, end };
}

/** Tensors must follow one another from the first byte of the data to the last. */
function checkCoverage(entries: readonly SafetensorsEntry[], available: number): void {
  const inOrder = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { name, begin, end } of inOrder) {
    if (begin !== position)
      throw damaged(
        `tensor ${quote(name)} begins at byte ${begin} of the data, expected ${position}: ${begin < position ? "tensors overlap" : "there is a hole"}`,
      );
    position = end;
  }
  if (position !== available)
    throw damaged(`the tensors take ${position} bytes, the file has ${available} after its header`);
}

/** What the reader would refuse must not be written. */
function checkWritable(name: string, { shape, data }: WeightsTensor): void {
  if (name === METADATA || FORBIDDEN_NAMES.includes(name))
    throw new WeightsError(`safetensors: no tensor can be named ${quote(name)}. Rename it.`);
  if (!isListOfCounts(shape) || elementCount(shape) !== data.length)
    throw new WeightsError(
      `safetensors: tensor ${quote(name)}: expected ${elementCount(shape)} elements for shape ${formatShape(shape)}, got ${data.length}.`,
    );
}

function metadataJson(metadata: ReadonlyMap<string, string>): string {
  const fields = [...metadata].map(([key, text]) => {
    if (FORBIDDEN_NAMES.includes(key))
      throw new WeightsError(`safetensors: no metadata can be named ${quote(key)}. Rename it.`);
    return `${JSON.stringify(key)}:${JSON.stringify(text)}`;
  });
  return `{${fields.join(",")}}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWeightsDType(value: unknown): value is WeightsDType {
  return typeof value === "string" && Object.hasOwn(storage, value);
}

function isListOfCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** A name from a file, fit for a one-line message whatever it holds. */
function quote(name: string): string {
  return JSON.stringify(brief(name));
}

function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function damaged(what: string, cause?: unknown): WeightsError {
  const advice = "The file is damaged or not safetensors: get it again.";
  return new WeightsError(`safetensors: ${what}. ${advice}`, cause === undefined ? {} : { cause });
}
