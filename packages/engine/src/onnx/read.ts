import { FormatError, ShapeError, UnsupportedOpError } from "../errors.ts";
import { constant, createGraph, input, type Graph, type Value } from "../graph/value.ts";
import { symbol, type Dim } from "../tensor/dim.ts";
import { parseDim } from "../tensor/parseDim.ts";
import { decodeModel, type OnnxModel, type OnnxNode, type OnnxValueInfo } from "./model.ts";
import { NodeReader, tensorFrom, titleOf } from "./nodeReader.ts";
import { operators } from "./operators.ts";

/** The operator sets that are understood: broadcasting came with 7, later ones were not looked at. */
const oldestOpset = 7;
const newestOpset = 22;

/**
 * The graph of an ONNX file, so that other people's networks can be inspected, differentiated and
 * built upon. Frozen numbers become constants; sizes that have names keep them.
 *
 * @throws {FormatError} if the bytes are not a complete ONNX model, or it contradicts itself
 * @throws {UnsupportedOpError} if it holds an operator or a use of one that is not known here; the
 *   message names the node
 * @throws {ShapeError} if its shapes do not fit
 */
export function decodeGraph(file: Uint8Array): Graph {
  return readGraph(decodeModel(file));
}

/**
 * The graph of an ONNX model.
 *
 * @throws {FormatError} if the model contradicts itself
 * @throws {UnsupportedOpError} if it holds an operator or a use of one that is not known here; the
 *   message names the node
 * @throws {ShapeError} if its shapes do not fit
 */
export function readGraph({ opsets, graph }: OnnxModel): Graph {
  const opset = opsetOf(opsets);
  const scope = new Scope();
  for (const tensor of graph.initialisers)
    scope.define(tensor.name, constant(tensorFrom(tensor), tensor.name));
  for (const info of graph.inputs) {
    // Before IR version 4 initialisers were listed among the inputs as well.
    if (!scope.has(info.name)) scope.define(info.name, inputFrom(info));
  }
  const used = new Set([
    ...graph.nodes.flatMap(({ inputs }) => inputs),
    ...graph.outputs.map(({ name }) => name),
  ]);
  for (const node of graph.nodes) readNode(node, opset, scope, used);
  if (graph.outputs.length === 0)
    throw new FormatError("The ONNX graph has no outputs. Check the file.");
  return createGraph(
    Object.fromEntries(
      graph.outputs.map(({ name }) => [name, scope.get(name, "The ONNX graph's outputs")]),
    ),
  );
}

/** The values that names stand for; each name is given once. */
class Scope {
  readonly #values = new Map<string, Value>();

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string, reader: string): Value {
    const value = this.#values.get(name);
    if (value === undefined)
      throw new FormatError(`${reader}: "${name}" is read before it is written. Check the file.`);
    return value;
  }

  define(name: string, value: Value): void {
    if (this.has(name))
      throw new FormatError(`The ONNX graph has two values called "${name}". Check the file.`);
    this.#values.set(name, value);
  }
}

function opsetOf(opsets: OnnxModel["opsets"]): number {
  const version = opsets.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version;
  if (version === undefined || version < oldestOpset || version > newestOpset)
    throw new UnsupportedOpError(
      `ONNX operator set ${version ?? "(none)"} is not supported. Supported: ${oldestOpset} to ${newestOpset}.`,
    );
  return version;
}

function inputFrom({ name, dtype, shape }: OnnxValueInfo): Value {
  if (shape === undefined)
    throw new FormatError(`ONNX input "${name}" has no shape: its rank must be known.`);
  const dims = shape.map((size, axis): Dim => {
    if (typeof size === "number") return size;
    // What is no expression of ours is still a size of its own; without a name it gets one.
    return size === "" ? symbol(`${name}_${axis}`) : (parseDim(size) ?? symbol(size));
  });
  return input(name, dims, dtype);
}

function readNode(node: OnnxNode, opset: number, scope: Scope, used: ReadonlySet<string>): void {
  const title = titleOf(node);
  const inputs = node.inputs.map((name) => (name === "" ? undefined : scope.get(name, title)));
  const results = resultsOf(node, new NodeReader(node, inputs, opset));
  node.outputs.forEach((name, i) => {
    const value = results[i];
    if (value !== undefined && name !== "") scope.define(name, value);
    else if (used.has(name) && name !== "")
      throw new UnsupportedOpError(`${title}: output ${i} ("${name}") is not supported.`);
  });
}

function resultsOf(node: OnnxNode, reader: NodeReader): readonly Value[] {
  const known = node.domain === undefined || node.domain === "ai.onnx";
  const read = known ? operators.get(node.type) : undefined;
  if (read === undefined)
    throw new UnsupportedOpError(
      `${titleOf(node)}: the operator is not supported. Supported: ${[...operators.keys()].join(", ")}.`,
    );
  try {
    const results = read(reader);
    reader.finish();
    return "kind" in results ? [results] : results;
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ShapeError(`${titleOf(node)}: ${error.message}`, { cause: error });
  }
}
