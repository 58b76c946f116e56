import { ShapeError } from "../errors.ts";
import { broadcastAt, fillDense } from "../tensor/dense.ts";
import type { DType } from "../tensor/dtype.ts";
import { defineOp, samePosition, type NoGradient, type Op, type Vjp } from "./op.ts";
import { broadcastTypes } from "./shapeRules.ts";

/** An operation without settings. */
export type NoAttributes = Readonly<Record<string, never>>;

/** Element types of an elementwise operation, where it is not open to all and keeps them. */
export interface ElementwiseDTypes {
  /** The only type that operands may have. */
  readonly operands?: DType;
  /** Type of the result, where it is not that of the operands. */
  readonly result?: DType;
}

/**
 * An operation that works element by element on operands that broadcast.
 *
 * @param name - ONNX's name, written as one node
 * @param f - what it does to one element of each operand
 * @param vjp - gradient rule
 * @param dtypes - element types, where they are special
 */
export function defineElementwise(
  name: string,
  f: (...operands: readonly number[]) => number,
  vjp: Vjp<NoAttributes> | NoGradient,
  { operands, result }: ElementwiseDTypes = {},
): Op<NoAttributes> {
  return defineOp<NoAttributes>({
    name,
    infer: (inputs) => {
      const { shape, dtype } = broadcastTypes(inputs);
      if (operands !== undefined && dtype !== operands)
        throw new ShapeError(`operands must be ${operands}; got ${dtype}. Use cast.`);
      return { shape, dtype: result ?? dtype };
    },
    vjp,
    receptiveField: () => samePosition,
    meaning: (inputs, _, { shape }) =>
      fillDense(shape as readonly number[], (index) =>
        f(...inputs.map((operand) => broadcastAt(operand, index))),
      ),
  });
}
