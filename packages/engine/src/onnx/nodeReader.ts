import { FormatError, UnsupportedOpError } from "../errors.ts";
import { createGraph, sortedValues, type Value } from "../graph/value.ts";
import { evaluate } from "../oracle/evaluate.ts";
import { elementCount, isStatic } from "../tensor/dim.ts";
import { typedArrayFromBytes } from "../tensor/dtype.ts";
import { tensorOf, type Tensor } from "../tensor/tensor.ts";
import type { OnnxAttribute, OnnxNode, OnnxTensor } from "./model.ts";

type ValueOf = { readonly [A in OnnxAttribute as A["kind"]]: A["value"] };

/** Shapes, axes and scales have a handful of elements; weights are not read as numbers. */
const mostNumbers = 1024;

/**
 * A node's inputs and attributes, asked for by name. What nobody asked for makes the node
 * unsupported in the end, so that no setting is ever passed over silently.
 */
export class NodeReader {
  /** Version of ONNX's operator set that the node is written in. */
  readonly opset: number;
  /** Number of results that the node writes. */
  readonly outputCount: number;
  readonly #node: OnnxNode;
  readonly #inputs: readonly (Value | undefined)[];
  readonly #asked = new Set<string | number>();

  /** @param inputs - the node's inputs; undefined where one is left out */
  constructor(node: OnnxNode, inputs: readonly (Value | undefined)[], opset: number) {
    this.#node = node;
    this.#inputs = inputs;
    this.opset = opset;
    this.outputCount = node.outputs.length;
  }

  /** An input that must be there. */
  input(index: number): Value {
    const value = this.optionalInput(index);
    if (value === undefined) throw this.#bad(`input ${index} is missing`);
    return value;
  }

  /** An input that may be left out. */
  optionalInput(index: number): Value | undefined {
    this.#asked.add(index);
    return this.#inputs[index];
  }

  /** All inputs of an operator that takes any number from one. */
  allInputs(): readonly [Value, ...Value[]] {
    const others = this.#inputs.slice(1).map((_, i) => this.input(i + 1));
    return [this.input(0), ...others];
  }

  /**
   * The elements of an input that must be known now: a constant, or computed from constants.
   *
   * @throws {UnsupportedOpError} if it depends on what is fed
   */
  numbers(index: number): readonly number[] {
    return this.#known(this.input(index), index);
  }

  /** The same of an input that may be left out. */
  optionalNumbers(index: number): readonly number[] | undefined {
    return this.optionalInput(index) && this.numbers(index);
  }

  /** The same of whole numbers: sizes, axes, places. */
  wholeNumbers(index: number): readonly number[] {
    const list = this.numbers(index);
    if (!list.every(Number.isInteger))
      throw this.#bad(`input ${index} must hold whole numbers, got [${list.join(", ")}]`);
    return list;
  }

  /** Whole numbers that were an attribute before the given opset and are an input since. */
  attributeOrInput(name: string, index: number, since: number): readonly number[] | undefined {
    if (this.opset < since) return this.ints(name);
    return this.optionalInput(index) && this.wholeNumbers(index);
  }

  /** Whether an attribute is given. */
  has(name: string): boolean {
    return Object.hasOwn(this.#node.attributes, name);
  }

  /** A whole number; required where there is no fallback. */
  int(name: string, fallback?: number): number {
    return Number(this.#required(name, this.#attribute(name, "int") ?? fallback));
  }

  /** A number; required where there is no fallback. */
  float(name: string, fallback?: number): number {
    return this.#required(name, this.#attribute(name, "float") ?? fallback);
  }

  /** A word. */
  text(name: string, fallback: string): string {
    return this.#attribute(name, "string") ?? fallback;
  }

  /** A list of whole numbers; those beyond 2⁵³ stand for "as far as possible" and may round. */
  ints(name: string): readonly number[] | undefined {
    return this.#attribute(name, "ints")?.map(Number);
  }

  /** A list of numbers. */
  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, "floats");
  }

  /** A tensor. */
  tensor(name: string): Tensor | undefined {
    const value = this.#attribute(name, "tensor");
    return value && tensorFrom(value);
  }

  /** Two whole numbers >= 1, `[height, width]`; required where there is no fallback. */
  pair(name: string, fallback?: readonly [number, number]): readonly [number, number] {
    const list = this.#required(name, this.ints(name) ?? fallback);
    if (list.length !== 2)
      throw this.unsupported(`${name} for ${list.length} axes`, "two, height and width");
    if (list.some((value) => value < 1))
      throw this.#bad(`attribute "${name}" must be >= 1, got [${list.join(", ")}]`);
    return [list[0]!, list[1]!];
  }

  /** Says that attributes or inputs make no difference here. */
  ignore(...names: readonly (string | number)[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** Checks that an attribute, where it is given, has the only value that is supported. */
  expect(name: string, supported: number | string): void {
    const value =
      typeof supported === "number" ? this.int(name, supported) : this.text(name, supported);
    if (value !== supported)
      throw this.unsupported(`${name} ${JSON.stringify(value)}`, JSON.stringify(supported));
  }

  /**
   * The error to throw for a use that cannot be read.
   *
   * @param use - what is not supported
   * @param supported - what is
   */
  unsupported(use: string, supported?: string): UnsupportedOpError {
    const hint = supported === undefined ? "" : ` Supported: ${supported}.`;
    return new UnsupportedOpError(`${titleOf(this.#node)}: ${use} is not supported.${hint}`);
  }

  /** @throws {UnsupportedOpError} if the node has an attribute or input that nobody asked for */
  finish(): void {
    const attribute = Object.keys(this.#node.attributes).find((name) => !this.#asked.has(name));
    if (attribute !== undefined) throw this.unsupported(`attribute "${attribute}"`);
    const input = this.#inputs.findIndex((x, i) => x !== undefined && !this.#asked.has(i));
    if (input >= 0) throw this.unsupported(`input ${input}`);
  }

  #attribute<K extends keyof ValueOf>(name: string, kind: K): ValueOf[K] | undefined {
    this.#asked.add(name);
    if (!this.has(name)) return undefined;
    const attribute = this.#node.attributes[name]!;
    if (attribute.kind !== kind)
      throw this.#bad(`attribute "${name}" must be of kind ${kind}, got ${attribute.kind}`);
    return attribute.value as ValueOf[K];
  }

  #required<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw this.#bad(`attribute "${name}" is missing`);
    return value;
  }

  #known(value: Value, index: number): readonly number[] {
    const needed = sortedValues([value]);
    if (needed.some(({ kind }) => kind === "input"))
      throw this.unsupported(`input ${index} that depends on the graph's inputs`, "constants");
    if (!needed.every(({ shape }) => isStatic(shape) && elementCount(shape) <= mostNumbers))
      throw this.unsupported(`input ${index} with so many numbers`, `up to ${mostNumbers}`);
    return [...evaluate(createGraph({ value }), {}).value.data];
  }

  #bad(reason: string): FormatError {
    return new FormatError(`${titleOf(this.#node)}: ${reason}. Check the file.`);
  }
}

/** How error messages call a node. */
export function titleOf({ name, type, domain, outputs }: OnnxNode): string {
  const operator = domain === undefined ? type : `${domain}.${type}`;
  return `ONNX node ${JSON.stringify(name ?? outputs[0] ?? "")} (${operator})`;
}

/** A tensor of an ONNX file; the data are shared. */
export function tensorFrom({ dtype, data, shape }: OnnxTensor): Tensor {
  return tensorOf(dtype, typedArrayFromBytes(dtype, data), shape);
}
