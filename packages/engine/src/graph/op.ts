import { GraphError, ShapeError } from "../errors.ts";
import { formatShape, type Shape } from "../tensor/dim.ts";
import type { Dense } from "../tensor/dense.ts";
import type { DType } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** What is known of a tensor before any number is: element type and shape. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Settings of one operation: plain data, so that graphs can be compared, printed and written. */
export type Attributes = Readonly<Record<string, number | string | boolean | Shape | undefined>>;

/** A tensor that is given when the graph runs. */
export interface InputValue extends TensorType {
  readonly kind: "input";
  readonly name: string;
}

/** A tensor that is part of the graph: frozen weights, targets that never change, numbers. */
export interface ConstantValue extends TensorType {
  readonly kind: "constant";
  readonly tensor: Tensor;
  /** Shown in printed graphs and used as the initialiser's name where it is unique. */
  readonly name?: string | undefined;
}

/** A tensor computed from others. */
export interface ComputedValue extends TensorType {
  readonly kind: "computed";
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
}

/** An immutable node of a graph. Values know their inputs, so a value alone is a graph. */
export type Value = InputValue | ConstantValue | ComputedValue;

/**
 * Every operation's builder by name. Each file in `ops/` adds its own line, so that gradient rules
 * may use any operation without importing it, which would make cycles: convolution's gradient is a
 * transposed convolution, whose gradient is a convolution.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled by declaration merging
export interface Ops {}

/** What a gradient rule may look at. */
export interface RuleContext<A extends Attributes> {
  /** Gradient of the loss by this operation's output, of the output's shape. */
  readonly g: Value;
  readonly inputs: readonly Value[];
  readonly output: ComputedValue;
  readonly attributes: A;
  /** Builders of all operations. */
  readonly ops: Ops;
}

/** Written out where no gradient exists or is meant, so that it is never just forgotten. */
export type NoGradient = "no gradient";

/**
 * Gradient rule: for each input a thunk that builds the gradient by it, so that what nobody asks
 * for is not built. A thunk may return a gradient of the broadcast shape; the walk sums it back.
 */
export type Vjp<A extends Attributes> = (
  context: RuleContext<A>,
) => readonly ((() => Value) | NoGradient)[];

/** Attribute values as ONNX has them; numbers are ints where whole unless marked as float. */
export type OnnxAttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** Where operations write their ONNX nodes. Names are those of ONNX tensors. */
export interface Emitter {
  /** Adds a node of one output; an empty input name skips an optional input. */
  node(
    type: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttributeValue>>,
  ): string;
  /** Adds an initialiser; equal small ones are shared. */
  constant(tensor: Tensor): string;
}

/** Axes of an image `[n, c, h, w]` along which positions lie: rows and columns. */
export type ImageAxis = 2 | 3;

/**
 * What a position of a map depends on, along one axis: position p on positions `stride · p + from` to
 * `stride · p + to` of what the map was computed from.
 */
export interface ReceptiveField {
  readonly stride: number;
  readonly from: number;
  readonly to: number;
}

/** The receptive field of operations that work position by position. */
export const samePosition: ReceptiveField = { stride: 1, from: 0, to: 0 };

/** What is known of one kind of operation, all in one place. */
export interface Op<A extends Attributes = Attributes> {
  /** ONNX's name, or a name of our own where ONNX needs several nodes. */
  readonly name: string;
  /** Type of the result. @throws {ShapeError} if the inputs do not fit */
  infer(inputs: readonly TensorType[], attributes: A): TensorType;
  /** Writes ONNX nodes for the value and returns the name of the result. */
  emit(emitter: Emitter, inputs: readonly string[], value: ComputedValue, attributes: A): string;
  /** Gradient rule. */
  readonly vjp: Vjp<A> | NoGradient;
  /**
   * What a position of the result depends on along an axis of an image, away from its edges. Left out, or undefined,
   * where that may be anything.
   */
  receptiveField?(
    axis: ImageAxis,
    attributes: A,
    inputs: readonly TensorType[],
  ): ReceptiveField | undefined;
  /** What the operation computes, in float64: the oracle that tests hold everything against. */
  meaning(inputs: readonly Dense[], attributes: A, output: TensorType): Dense;
}

/** An operation as its file defines it; without `emit` it is one ONNX node of the same name. */
export type OpDefinition<A extends Attributes> = Omit<Op<A>, "emit"> & Partial<Pick<Op<A>, "emit">>;

/** Completes the definition of an operation. */
export function defineOp<A extends Attributes>(definition: OpDefinition<A>): Op<A> {
  const emit: Op<A>["emit"] = (emitter, inputs) => emitter.node(definition.name, inputs);
  return { emit, ...definition };
}

/**
 * A value computed by an operation; its type is inferred, and thereby checked, at once.
 *
 * @throws {ShapeError} if the inputs do not fit the operation; the message names their shapes
 */
export function apply<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Value[],
  attributes: A,
): ComputedValue {
  const { dtype, shape } = inferOrExplain(op, inputs, attributes);
  return { kind: "computed", op: op as unknown as Op, inputs, attributes, dtype, shape };
}

function inferOrExplain<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Value[],
  attributes: A,
): TensorType {
  try {
    return op.infer(inputs, attributes);
  } catch (error) {
    if (!(error instanceof ShapeError) && !(error instanceof GraphError)) throw error;
    const shapes = inputs.map((value) => `${nameOf(value)}${formatShape(value.shape)}`).join(", ");
    throw new ShapeError(`${op.name}(${shapes}): ${error.message}`, { cause: error });
  }
}

function nameOf(value: Value): string {
  if (value.kind === "computed") return value.op.name;
  return value.name ?? "constant";
}
