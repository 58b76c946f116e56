// Protobuf messages as tables of fields: one table says how a message is read and how it is written.

import { FormatError } from "../errors.ts";
import { type Int64, WireReader, WireWriter } from "./wire.ts";

/** How the values of one protobuf type are read and written. */
export interface Codec<T> {
  /** Takes what the reader's current field holds (several values, if packed) and appends it. */
  read(reader: WireReader, values: T[]): void;
  /** Adds a field with one value. */
  write(writer: WireWriter, number: number, value: T): void;
}

/** A field of a message: its number, and how its occurrences make up a value `T`. */
export interface Field<T> {
  /** The field's number in the schema. */
  readonly number: number;
  /** Appends what one occurrence holds. */
  read(reader: WireReader, occurrences: unknown[]): void;
  /** The value that all occurrences make up, in a message that may have none. */
  gather(occurrences: readonly unknown[]): T;
  /** Adds as many occurrences as the value needs. */
  write(writer: WireWriter, value: T): void;
}

/** The values of the fields of a table, by name. */
export type FieldValues<Fields> = {
  readonly [Name in keyof Fields]: Fields[Name] extends Field<infer T> ? T : never;
};

/** int64, of any value. */
export const int64: Codec<Int64> = {
  read: (reader, values) => {
    for (const value of WireReader.varints(reader.packed("varint"))) values.push(value);
  },
  write: (writer, number, value) => writer.int64(number, value),
};

/** int32, int64 or an enum, where only safe integers make sense. */
export const integer: Codec<number> = {
  read: (reader, values) => {
    for (const value of WireReader.varints(reader.packed("varint"))) {
      if (typeof value === "bigint") {
        throw new FormatError(`Bad ONNX model: ${value} is no possible size. Check the file.`);
      }
      values.push(value);
    }
  },
  write: (writer, number, value) => writer.int64(number, value),
};

/** float */
export const float: Codec<number> = {
  read: (reader, values) => {
    const { buffer, byteOffset, byteLength } = reader.packed("fixed32");
    const view = new DataView(buffer, byteOffset, byteLength);
    for (let i = 0; i < byteLength; i += 4) values.push(view.getFloat32(i, true));
  },
  write: (writer, number, value) => writer.float(number, value),
};

/** string, and bytes that hold UTF-8. */
export const text: Codec<string> = {
  read: (reader, values) => values.push(reader.string()),
  write: (writer, number, value) => writer.string(number, value),
};

/** bytes, as views of the input; also a message that is not looked into. */
export const bytes: Codec<Uint8Array> = {
  read: (reader, values) => values.push(reader.bytes()),
  write: (writer, number, value) => writer.bytes(number, value),
};

/** Runs of numbers as they lie in the file; see {@link WireReader.packed}. */
export function packed(element: "varint" | "fixed32" | "fixed64"): Codec<Uint8Array> {
  return { ...bytes, read: (reader, values) => values.push(reader.packed(element)) };
}

/** A field that occurs any number of times. */
export function many<T>(number: number, codec: Codec<T>): Field<readonly T[]> {
  return {
    number,
    read: (reader, occurrences) => codec.read(reader, occurrences as T[]),
    gather: (occurrences) => occurrences as readonly T[],
    write: (writer, values) => {
      for (const value of values) codec.write(writer, number, value);
    },
  };
}

/** A field that occurs at most once: undefined where it is absent, the last where it is repeated. */
export function one<T>(number: number, codec: Codec<T>): Field<T | undefined> {
  return {
    number,
    read: (reader, occurrences) => codec.read(reader, occurrences as T[]),
    gather: (occurrences) => occurrences.at(-1) as T | undefined,
    write: (writer, value) => {
      if (value !== undefined) codec.write(writer, number, value);
    },
  };
}

/** A message type: a codec where it is nested in another, whole files where it is the outermost. */
export interface MessageType<T> extends Codec<T> {
  /** Reads a message that takes up all the bytes. */
  decode(bytes: Uint8Array): T;
  /** The bytes of a message, its fields in the order of the table. */
  encode(value: T): Uint8Array<ArrayBuffer>;
}

/**
 * A message type whose messages stand for objects `T`.
 *
 * @param fields - the fields by a name of our own; others are passed over on reading
 * @param map - how the values of the fields make up an object, and back (what is left out is absent)
 */
export function message<Fields extends Readonly<Record<string, Field<unknown>>>, T>(
  fields: Fields,
  map: {
    decode(values: FieldValues<Fields>): T;
    encode(value: T): Partial<FieldValues<Fields>>;
  },
): MessageType<T> {
  const table = Object.entries(fields);
  const numbers = table.map(([, { number }]) => number);
  const readAll = (reader: WireReader): T => {
    const occurrences = table.map((): unknown[] => []);
    while (reader.next()) {
      const known = numbers.indexOf(reader.field);
      if (known === -1) reader.skip();
      else table[known]![1].read(reader, occurrences[known]!);
    }
    const values = table.map(([name, field], i) => [name, field.gather(occurrences[i]!)] as const);
    return map.decode(Object.fromEntries(values) as FieldValues<Fields>);
  };
  const writeAll = (value: T): WireWriter => {
    const writer = new WireWriter();
    const values: Readonly<Record<string, unknown>> = map.encode(value);
    for (const [name, field] of table) {
      if (values[name] !== undefined) field.write(writer, values[name]);
    }
    return writer;
  };
  return {
    read: (reader, values) => values.push(readAll(reader.message())),
    write: (writer, number, value) => writer.message(number, writeAll(value)),
    decode: (bytes) => readAll(new WireReader(bytes)),
    encode: (value) => writeAll(value).finish(),
  };
}
