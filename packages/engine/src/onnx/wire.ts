// Protocol Buffers wire format: just what ONNX files need, with every read checked against the end.
// Source: protobuf.dev/programming-guides/encoding.

import { FormatError } from "../errors.ts";

/** A signed 64-bit integer: a `number` where that is exact (a safe integer), else a `bigint`. */
export type Int64 = number | bigint;

const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Protobuf's own limit: lengths are read as signed 32-bit integers. */
const MAX_MESSAGE_BYTES = 2 ** 31 - 1;

/**
 * Reads the fields of one message in order: `next` moves to a field, then exactly one other method
 * must take its value. A length is believed only where that many bytes are there, and bytes are
 * handed out as views of the input, so nothing is ever allocated on the word of a header.
 *
 * Every method throws {@link FormatError} on bytes that end too early or have another wire type.
 */
export class WireReader {
  /** Number of the current field; 0 before the first. */
  field = 0;
  #wireType = VARINT;
  #position: number;
  readonly #end: number;
  readonly #bytes: Uint8Array;

  /** Reads `bytes` from offset `start` (default 0) up to but not including `end` (default: all). */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#position >= this.#end) return false;
    const tag = this.#varint();
    if (tag < 8 || tag >= 2 ** 32) throw this.#error(`${tag} is no tag of a field`);
    this.field = Number(tag) >>> 3;
    this.#wireType = Number(tag) & 7;
    return true;
  }

  /** Passes over a value of any type. */
  skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED64) this.#take(8);
    else if (this.#wireType === LENGTH_DELIMITED) this.bytes();
    else if (this.#wireType === FIXED32) this.#take(4);
    else throw this.#error(`field ${this.field} has the unknown wire type ${this.#wireType}`);
  }

  /** Takes a bytes value. */
  bytes(): Uint8Array {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    if (length < 0) throw this.#error(`field ${this.field} has the length ${length}`);
    return this.#take(Number(length));
  }

  /** Takes a string, or bytes that hold UTF-8. */
  string(): string {
    const bytes = this.bytes();
    try {
      return utf8Decoder.decode(bytes);
    } catch (cause) {
      throw this.#error(`field ${this.field} is not UTF-8 text`, cause);
    }
  }

  /** Takes a nested message: the reader of its fields. */
  message(): WireReader {
    const { length } = this.bytes();
    return new WireReader(this.#bytes, this.#position - length, this.#position);
  }

  /**
   * Takes numbers in the form in which repeated ones are packed: a whole run where the field is
   * packed, else the one value. {@link WireReader.varints} reads a run of integers; floats and doubles
   * lie there in little-endian order.
   */
  packed(element: "varint" | "fixed32" | "fixed64"): Uint8Array {
    const wireType = { varint: VARINT, fixed32: FIXED32, fixed64: FIXED64 }[element];
    if (this.#wireType !== LENGTH_DELIMITED) {
      this.#expect(wireType);
      const start = this.#position;
      this.skip();
      return this.#bytes.subarray(start, this.#position);
    }
    const run = this.bytes();
    // Passing over the numbers makes sure that the run ends where its last number does.
    const numbers = new WireReader(this.#bytes, this.#position - run.length, this.#position);
    numbers.#wireType = wireType;
    while (numbers.#position < numbers.#end) numbers.skip();
    return run;
  }

  /** The integers of a run that `packed("varint")` returned. */
  static *varints(run: Uint8Array): Generator<Int64, void> {
    const reader = new WireReader(run);
    while (reader.#position < reader.#end) yield reader.#varint();
  }

  #expect(wireType: number): void {
    if (this.#wireType === wireType) return;
    throw this.#error(
      `field ${this.field} should have wire type ${wireType}, not ${this.#wireType}`,
    );
  }

  #take(length: number): Uint8Array {
    const left = this.#end - this.#position;
    if (length > left) throw this.#error(`expected ${length} more bytes, got ${left}`);
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  #varint(): Int64 {
    let value = 0;
    // Seven groups of seven bits are exact in a double.
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    let wide = BigInt(value);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      wide |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return narrowed(BigInt.asIntN(64, wide));
    }
    throw this.#error("an integer takes more than ten bytes");
  }

  #byte(): number {
    if (this.#position >= this.#end) throw this.#error("expected more bytes, got none");
    return this.#bytes[this.#position++]!;
  }

  #error(problem: string, cause?: unknown): FormatError {
    return new FormatError(
      `Bad ONNX bytes before offset ${this.#position}: ${problem}. The file is cut off, damaged or not an ONNX model.`,
      cause === undefined ? {} : { cause },
    );
  }
}

function narrowed(value: bigint): Int64 {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Below this many bytes a copy costs less than a part of its own. */
const SMALL_BYTES = 64;

/**
 * Collects the fields of one message. Large values are kept by reference and nested messages as
 * writers, so that `finish` copies them just once, into an array of the final size.
 */
export class WireWriter {
  readonly #parts: (Uint8Array | WireWriter)[] = [];
  /** Bytes that come after the parts. */
  #tail: number[] = [];
  #partsLength = 0;

  /**
   * Adds an int32, int64 or enum field.
   *
   * @throws {FormatError} if `value` is not an integer, or does not fit 64 bits
   */
  int64(field: number, value: Int64): void {
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** Adds a float field, rounded to float32. */
  float(field: number, value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#tag(field, FIXED32);
    this.#tail.push(...bytes);
  }

  /** Adds a bytes field. `value` must not change before `finish`. */
  bytes(field: number, value: Uint8Array): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(value.length);
    if (value.length < SMALL_BYTES) this.#tail.push(...value);
    else this.#addPart(value, value.length);
  }

  /** Adds a string field. */
  string(field: number, value: string): void {
    this.bytes(field, utf8Encoder.encode(value));
  }

  /** Adds a field that is itself a message, which must be complete. */
  message(field: number, value: WireWriter): void {
    this.#tag(field, LENGTH_DELIMITED);
    this.#varint(value.#byteLength);
    this.#addPart(value, value.#byteLength);
  }

  /**
   * The encoded message.
   *
   * @throws {FormatError} if it is larger than protobuf allows, 2 GiB
   */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#byteLength > MAX_MESSAGE_BYTES) {
      throw new FormatError(
        `The model takes ${this.#byteLength} bytes: an ONNX file holds at most ${MAX_MESSAGE_BYTES}. Feed large weights as inputs instead.`,
      );
    }
    const bytes = new Uint8Array(this.#byteLength);
    this.#copyTo(bytes, 0);
    return bytes;
  }

  get #byteLength(): number {
    return this.#partsLength + this.#tail.length;
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  /** Seven bits to a byte, lowest first; the top bit says that more follow. Negative ones take ten. */
  #varint(value: Int64): void {
    if (typeof value === "number" && value >= 0 && value < 0x80 && Number.isInteger(value)) {
      this.#tail.push(value);
      return;
    }
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw new FormatError(`Cannot write ${value} to an ONNX file: expected a safe integer.`);
    }
    const wide = BigInt(value);
    if (BigInt.asIntN(64, wide) !== wide) {
      throw new FormatError(`Cannot write ${wide} to an ONNX file: expected at most 64 bits.`);
    }
    let rest = BigInt.asUintN(64, wide);
    for (; rest >= 0x80n; rest >>= 7n) this.#tail.push(Number(rest & 0x7fn) | 0x80);
    this.#tail.push(Number(rest));
  }

  #addPart(part: Uint8Array | WireWriter, byteLength: number): void {
    this.#parts.push(Uint8Array.from(this.#tail), part);
    this.#partsLength += this.#tail.length + byteLength;
    this.#tail = [];
  }

  #copyTo(target: Uint8Array, start: number): number {
    let offset = start;
    for (const part of [...this.#parts, this.#tail]) {
      if (part instanceof WireWriter) {
        offset = part.#copyTo(target, offset);
      } else {
        target.set(part, offset);
        offset += part.length;
      }
    }
    return offset;
  }
}
