import { GraphError } from "../errors.ts";
import type { Emitter, OnnxAttributeValue } from "../graph/op.ts";
import { sortedValues, type Graph, type Value } from "../graph/value.ts";
import type { Shape } from "../tensor/dim.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  encodeModel,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from "./model.ts";

/** The ONNX operator set that graphs are written in: the oldest with all the forms used here. */
export const onnxOpset = 18;

/** What is written beside the graph. */
export interface EmitOptions {
  /** Name of the graph, for people. */
  readonly name?: string;
  /** Text entries such as title, licence and settings. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A graph as the bytes of an ONNX file, which any ONNX runtime loads.
 *
 * @throws {ShapeError} if an operation needs a size that is symbolic
 */
export function encodeGraph(graph: Graph, options: EmitOptions = {}): Uint8Array {
  return encodeModel(emitModel(graph, options));
}

/**
 * A graph as the plain objects of an ONNX model.
 *
 * @throws {ShapeError} if an operation needs a size that is symbolic
 */
export function emitModel(graph: Graph, options: EmitOptions = {}): OnnxModel {
  const { nodes, initialisers } = emitNodes(graph);
  const describe = (name: string, { dtype, shape }: Value): OnnxValueInfo => ({
    name,
    dtype,
    shape: onnxDims(shape),
  });
  return {
    irVersion: 8,
    producerName: "deepstyle",
    producerVersion: "",
    opsets: [{ domain: "", version: onnxOpset }],
    metadata: options.metadata ?? {},
    graph: {
      name: options.name ?? "graph",
      nodes,
      initialisers,
      inputs: Object.entries(graph.inputs).map(([name, value]) => describe(name, value)),
      outputs: Object.entries<Value>(graph.outputs).map(([name, value]) => describe(name, value)),
    },
  };
}

function emitNodes(graph: Graph): {
  nodes: readonly OnnxNode[];
  initialisers: readonly OnnxTensor[];
} {
  const outputNames = Object.keys(graph.outputs);
  const writer = new NodeWriter([...Object.keys(graph.inputs), ...outputNames]);
  const names = new Map<Value, string>();
  for (const value of sortedValues(Object.values<Value>(graph.outputs))) {
    names.set(value, emitValue(value, names, writer));
  }
  // Identity gives results the names that were asked for, also where one value has two names.
  for (const [name, value] of Object.entries<Value>(graph.outputs)) {
    writer.nodes.push({
      type: "Identity",
      inputs: [names.get(value)!],
      outputs: [name],
      attributes: {},
    });
  }
  return { nodes: writer.nodes, initialisers: writer.initialisers };
}

function emitValue(value: Value, names: ReadonlyMap<Value, string>, writer: NodeWriter): string {
  if (value.kind === "input") return value.name;
  if (value.kind === "constant") return writer.constant(value.tensor, value.name);
  const inputs = value.inputs.map((operand) => names.get(operand)!);
  return value.op.emit(writer, inputs, value, value.attributes);
}

/** Collects nodes and initialisers under names that are not taken. */
class NodeWriter implements Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly initialisers: OnnxTensor[] = [];
  readonly #taken: Set<string>;
  readonly #small = new Map<string, string>();
  readonly #large = new Map<Tensor, string>();

  constructor(reserved: readonly string[]) {
    this.#taken = new Set(reserved);
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttributeValue>> = {},
  ): string {
    const output = this.#fresh(`${type}_${this.nodes.length}`);
    const entries = Object.entries(attributes).map(([k, v]) => [k, onnxAttribute(v)] as const);
    this.nodes.push({
      type,
      inputs: [...inputs],
      outputs: [output],
      attributes: Object.fromEntries(entries),
    });
    return output;
  }

  constant(tensor: Tensor, name?: string): string {
    // What has a name is looked for by it: networks are read back from their files.
    const key =
      tensor.data.length <= 64 && name === undefined
        ? `${tensor.dtype}[${tensor.shape.join()}]${tensor.data.join()}`
        : undefined;
    const known = key === undefined ? this.#large.get(tensor) : this.#small.get(key);
    if (known !== undefined) return known;
    const fresh = this.#fresh(name ?? `constant_${this.initialisers.length}`);
    const { buffer, byteOffset, byteLength } = tensor.data;
    this.initialisers.push({
      name: fresh,
      dtype: tensor.dtype,
      shape: [...tensor.shape],
      data: new Uint8Array(buffer, byteOffset, byteLength),
    });
    if (key === undefined) this.#large.set(tensor, fresh);
    else this.#small.set(key, fresh);
    return fresh;
  }

  #fresh(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

function onnxDims(shape: Shape): (number | string)[] {
  return shape.map((dim) => (typeof dim === "number" ? dim : dim.text));
}

function onnxAttribute(value: OnnxAttributeValue): OnnxAttribute {
  if (typeof value === "string") return { kind: "string", value };
  if (typeof value === "number") return { kind: "int", value: wholeNumber(value) };
  if ("float" in value) return { kind: "float", value: value.float };
  if ("floats" in value) return { kind: "floats", value: [...value.floats] };
  return { kind: "ints", value: value.map(wholeNumber) };
}

function wholeNumber(value: number): number {
  if (!Number.isSafeInteger(value))
    throw new GraphError(`ONNX attribute ${value} is no whole number. Mark it as { float }.`);
  return value;
}
