// ONNX models as plain objects, and their bytes. Field numbers, type codes and meanings are those of
// onnx.proto and IR.md (github.com/onnx/onnx).

import { FormatError } from "../errors.ts";
import { elementCount, formatShape } from "../tensor/dim.ts";
import { bytesPerElement, dtypeCodes, type DType, typedArrayFromBytes } from "../tensor/dtype.ts";
import { bytes, float, int64, integer, many, message, one, packed, text } from "./message.ts";
import { type Int64, WireReader } from "./wire.ts";

export type { Int64 };

/** A whole ONNX file. */
export interface OnnxModel {
  /** Version of the file format. 8 goes with opset 17. */
  readonly irVersion: number;
  /** Program that wrote the file; may be empty. */
  readonly producerName: string;
  /** Version of that program; may be empty. */
  readonly producerVersion: string;
  /** Operator sets that the nodes are taken from, at least one. */
  readonly opsets: readonly OnnxOpset[];
  /** The computation. */
  readonly graph: OnnxGraph;
  /** Free key and value pairs, for instance how the model was made. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Description for people. */
  readonly docString?: string;
}

/** One operator set; the domain of ONNX's own operators is the empty string. */
export interface OnnxOpset {
  /** Who defines the operators. */
  readonly domain: string;
  /** Version of the set. */
  readonly version: number;
}

/** Nodes in an order in which each comes after those it reads from. */
export interface OnnxGraph {
  /** Name of the graph; may be empty. */
  readonly name: string;
  /** The operations. */
  readonly nodes: readonly OnnxNode[];
  /** Constant tensors, read by name. Before IR version 4 each was listed among `inputs` as well. */
  readonly initialisers: readonly OnnxTensor[];
  /** What is fed. */
  readonly inputs: readonly OnnxValueInfo[];
  /** What can be fetched. */
  readonly outputs: readonly OnnxValueInfo[];
}

/** One operation: reads values by name, writes values by name. */
export interface OnnxNode {
  /** Operator, such as `Conv`. */
  readonly type: string;
  /** Operator set; absent for ONNX's own. */
  readonly domain?: string;
  /** Name of this node; absent where there is none. */
  readonly name?: string;
  /** Names of the values read; an empty string stands for an optional input left out. */
  readonly inputs: readonly string[];
  /** Names of the values written; an empty string stands for an optional output left out. */
  readonly outputs: readonly string[];
  /** Parameters by name. */
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A parameter of a node. Floats have the precision of float32, text is UTF-8. */
export type OnnxAttribute =
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "int"; readonly value: Int64 }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "tensor"; readonly value: OnnxTensor }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "ints"; readonly value: readonly Int64[] }
  | { readonly kind: "strings"; readonly value: readonly string[] };

/** A constant tensor. */
export interface OnnxTensor {
  /** Name by which nodes read it; empty in an attribute. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DType;
  /** Sizes; empty for a scalar. */
  readonly shape: readonly number[];
  /** Elements in row-major order, little-endian. A decoded tensor's are a view of the file's bytes. */
  readonly data: Uint8Array;
}

/** Name and type of an input or output. */
export interface OnnxValueInfo {
  /** Name of the value. */
  readonly name: string;
  /** Element type. */
  readonly dtype: DType;
  /** Sizes: known, or named (`"h"`), or `""` where nothing is known. Absent: not even the rank is known. */
  readonly shape?: readonly (number | string)[];
}

type NamedAttribute = readonly [name: string, attribute: OnnxAttribute];

const dtypes = inverse(dtypeCodes);

/** AttributeProto.AttributeType */
const attributeCodes: Readonly<Record<OnnxAttribute["kind"], number>> = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  floats: 6,
  ints: 7,
  strings: 8,
};
const attributeKinds = inverse(attributeCodes);

/** What an absent value means: writers in the manner of proto3 leave out zeros and empty text. */
const zeros: Partial<Record<OnnxAttribute["kind"], number | string>> = {
  float: 0,
  int: 0,
  string: "",
};

const tensor = message(
  {
    shape: many(1, integer),
    dataType: one(2, integer),
    floatData: many(4, packed("fixed32")),
    int32Data: many(5, packed("varint")),
    int64Data: many(7, packed("varint")),
    name: one(8, text),
    rawData: one(9, bytes),
    doubleData: many(10, packed("fixed64")),
    dataLocation: one(14, integer),
  },
  {
    decode: ({ name = "", shape, dataType, dataLocation = 0, rawData, ...typed }): OnnxTensor => {
      if (dataLocation !== 0) throw unreadable(`Tensor "${name}"`, "its data in another file");
      const dtype = dtypeOf(dataType, `Tensor "${name}"`);
      return checked({ name, dtype, shape, data: rawData ?? typedData(dtype, typed) });
    },
    encode: (value) => {
      const { name, dtype, shape, data } = checked(value);
      return { shape, dataType: dtypeCodes[dtype], name: unlessEmpty(name), rawData: data };
    },
  },
);

const attribute = message(
  {
    name: one(1, text),
    float: one(2, float),
    int: one(3, int64),
    string: one(4, text),
    tensor: one(5, tensor),
    floats: many(7, float),
    ints: many(8, int64),
    strings: many(9, text),
    type: one(20, integer),
  },
  {
    decode: ({ name = "", type = 0, ...values }): NamedAttribute => {
      const kind = attributeKinds.get(type);
      if (kind === undefined) throw unreadable(`Attribute "${name}"`, `a value of type ${type}`);
      const value = values[kind] ?? zeros[kind];
      if (value === undefined) throw bad(`attribute "${name}" has no value`);
      return [name, { kind, value } as OnnxAttribute];
    },
    encode: ([name, { kind, value }]) => ({ name, [kind]: value, type: attributeCodes[kind] }),
  },
);

const node = message(
  {
    inputs: many(1, text),
    outputs: many(2, text),
    name: one(3, text),
    type: one(4, text),
    attributes: many(5, attribute),
    domain: one(7, text),
  },
  {
    decode: ({ name = "", domain = "", type = "", inputs, outputs, attributes }): OnnxNode => {
      if (type === "") throw bad(`node "${name}" has no operator type`);
      return {
        type,
        ...(domain === "" ? {} : { domain }),
        ...(name === "" ? {} : { name }),
        inputs,
        outputs,
        attributes: Object.fromEntries(attributes),
      };
    },
    encode: ({ name, domain, attributes, ...rest }) => ({
      ...rest,
      name: unlessEmpty(name),
      domain: unlessEmpty(domain),
      attributes: Object.entries(attributes),
    }),
  },
);

const dimension = message(
  { known: one(1, integer), named: one(2, text) },
  {
    // Some exporters write -1 for a size that they do not know.
    decode: ({ known = -1, named = "" }): number | string => (known < 0 ? named : known),
    encode: (size) => (typeof size === "number" ? { known: size } : { named: unlessEmpty(size) }),
  },
);

const shape = message(
  { sizes: many(1, dimension) },
  { decode: ({ sizes }) => sizes, encode: (sizes) => ({ sizes }) },
);

const tensorType = message(
  { dataType: one(1, integer), shape: one(2, shape) },
  { decode: (values) => values, encode: (values) => values },
);

/** TypeProto: its case for tensors; a sequence or map has no data type that we know. */
const type = message(
  { tensor: one(1, tensorType) },
  { decode: (values) => values.tensor, encode: (value) => ({ tensor: value }) },
);

const valueInfo = message(
  { name: one(1, text), type: one(2, type) },
  {
    decode: ({ name = "", type }): OnnxValueInfo => {
      const dtype = dtypeOf(type?.dataType, `Value "${name}"`);
      return { name, dtype, ...(type?.shape === undefined ? {} : { shape: type.shape }) };
    },
    encode: ({ name, dtype, shape }) => ({ name, type: { dataType: dtypeCodes[dtype], shape } }),
  },
);

const graph = message(
  {
    nodes: many(1, node),
    name: one(2, text),
    initialisers: many(5, tensor),
    inputs: many(11, valueInfo),
    outputs: many(12, valueInfo),
    sparseInitialisers: many(15, bytes),
  },
  {
    decode: ({ name = "", sparseInitialisers, ...rest }): OnnxGraph => {
      if (sparseInitialisers.length > 0) throw unreadable(`Graph "${name}"`, "sparse tensors");
      return { name, ...rest };
    },
    encode: ({ name, ...rest }) => ({ name: unlessEmpty(name), ...rest }),
  },
);

const opset = message(
  { domain: one(1, text), version: one(2, integer) },
  {
    decode: ({ domain = "", version = 0 }): OnnxOpset => ({ domain, version }),
    encode: (value) => value,
  },
);

const entry = message(
  { key: one(1, text), value: one(2, text) },
  {
    decode: ({ key = "", value = "" }) => [key, value] as const,
    encode: ([key, value]) => ({ key, value }),
  },
);

const model = message(
  {
    irVersion: one(1, integer),
    producerName: one(2, text),
    producerVersion: one(3, text),
    docString: one(6, text),
    graph: one(7, graph),
    opsets: many(8, opset),
    metadata: many(14, entry),
    functions: many(25, bytes),
  },
  {
    decode: ({ producerName = "", producerVersion = "", docString = "", ...rest }): OnnxModel => {
      const { irVersion = 0, graph, opsets, metadata, functions } = rest;
      if (irVersion <= 0) throw bad("it has no IR version");
      if (graph === undefined) throw bad("it has no graph");
      if (opsets.length === 0) throw bad("it names no operator set");
      if (functions.length > 0) throw unreadable("The model", "local functions");
      return {
        irVersion,
        producerName,
        producerVersion,
        ...(docString === "" ? {} : { docString }),
        opsets,
        graph,
        metadata: Object.fromEntries(metadata),
      };
    },
    encode: ({ producerName, producerVersion, docString, metadata, ...rest }) => ({
      ...rest,
      producerName: unlessEmpty(producerName),
      producerVersion: unlessEmpty(producerVersion),
      docString: unlessEmpty(docString),
      metadata: Object.entries(metadata),
    }),
  },
);

/**
 * Writes a model as an ONNX file. Fields come in the order of the official library, whose bytes for
 * the same model are the same.
 *
 * @throws {FormatError} if a tensor's data does not have the size that its shape says, a number does
 *   not fit its field, or the file would exceed protobuf's 2 GiB
 */
export function encodeModel(value: OnnxModel): Uint8Array<ArrayBuffer> {
  return model.encode(value);
}

/**
 * Reads an ONNX file. The data of tensors are views of `file` wherever it holds them as raw bytes or
 * as one run of floats, and copies otherwise. What has no place in {@link OnnxModel} (documentation
 * of nodes, shapes of intermediate values) is passed over.
 *
 * @throws {FormatError} if the bytes are not a complete ONNX model, or hold what cannot be
 *   represented: other element types, control flow, local functions, sparse or external tensors
 */
export function decodeModel(file: Uint8Array): OnnxModel {
  // Views of a Node Buffer would be Buffers, whose slice, unlike that of a Uint8Array, does not copy.
  return model.decode(new Uint8Array(file.buffer, file.byteOffset, file.byteLength));
}

/** Elements that are in one of the typed fields, as raw bytes. */
function typedData(
  dtype: DType,
  fields: Record<"floatData" | "int32Data" | "int64Data" | "doubleData", readonly Uint8Array[]>,
): Uint8Array {
  if (dtype === "float32") return joined(fields.floatData);
  if (dtype === "float64") return joined(fields.doubleData);
  const run = joined(dtype === "int64" ? fields.int64Data : fields.int32Data);
  // Only the last byte of a varint is below 0x80.
  const count = run.reduce((ends, byte) => (byte < 0x80 ? ends + 1 : ends), 0);
  const data = new Uint8Array(count * bytesPerElement[dtype]);
  const elements = typedArrayFromBytes(dtype, data);
  let i = 0;
  for (const value of WireReader.varints(run)) {
    if (elements instanceof BigInt64Array) elements[i++] = BigInt(value);
    // Protobuf cuts an int32 that holds more down to its lower 32 bits.
    else elements[i++] = typeof value === "number" ? value : Number(BigInt.asIntN(32, value));
  }
  return data;
}

function joined(runs: readonly Uint8Array[]): Uint8Array {
  if (runs.length === 1) return runs[0]!;
  const all = new Uint8Array(runs.reduce((length, run) => length + run.length, 0));
  let offset = 0;
  for (const run of runs) {
    all.set(run, offset);
    offset += run.length;
  }
  return all;
}

function checked(tensor: OnnxTensor): OnnxTensor {
  const { name, dtype, shape, data } = tensor;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw bad(`tensor "${name}" has the shape ${formatShape(shape)}`);
  }
  const expected = elementCount(shape) * bytesPerElement[dtype];
  if (data.length !== expected) {
    throw bad(
      `tensor "${name}", ${dtype} ${formatShape(shape)}: expected ${expected} bytes, got ${data.length}`,
    );
  }
  return tensor;
}

function dtypeOf(code: number | undefined, owner: string): DType {
  const dtype = dtypes.get(code ?? 0);
  if (dtype === undefined) throw unreadable(owner, `elements of type ${code ?? "unknown"}`);
  return dtype;
}

function inverse<Name extends string>(codes: Readonly<Record<Name, number>>): Map<number, Name> {
  return new Map((Object.keys(codes) as Name[]).map((name) => [codes[name], name]));
}

function unlessEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function bad(problem: string): FormatError {
  return new FormatError(`Bad ONNX model: ${problem}. The file is damaged or was written wrongly.`);
}

function unreadable(what: string, content: string): FormatError {
  return new FormatError(`${what} has ${content}, which is not supported. Export it differently.`);
}
