import { dense, forEachIndex, type Dense } from "../tensor/dense.ts";
import { elementCount, type Shape } from "../tensor/dim.ts";
import { int64 } from "../tensor/tensor.ts";
import { defineOp, samePosition, type NoGradient, type Op, type Vjp } from "./op.ts";
import { normaliseAxes } from "./shapeRules.ts";
import type { TensorType } from "./value.ts";

/** Which axes are reduced, sorted and counted from the front; they stay with length 1 if `keepDims`. */
export type ReductionAttributes = Readonly<{ axes: readonly number[]; keepDims: boolean }>;

/** Options of reductions as callers write them: all axes unless named, dropped unless kept. */
export interface ReductionOptions {
  readonly axes?: readonly number[];
  readonly keepDims?: boolean;
}

/**
 * A reduction over axes.
 *
 * @param name - ONNX's name
 * @param reduce - the value of the elements that fall together
 * @param vjp - gradient rule
 */
export function defineReduction(
  name: string,
  reduce: (elements: Float64Array) => number,
  vjp: Vjp<ReductionAttributes> | NoGradient,
): Op<ReductionAttributes> {
  return defineOp<ReductionAttributes>({
    name,
    infer: ([x], { axes, keepDims }) => ({
      dtype: x!.dtype,
      shape: keepDims
        ? shapeWithOnes(x!.shape, axes)
        : x!.shape.filter((_, axis) => !axes.includes(axis)),
    }),
    emit: (emitter, [x], _, { axes, keepDims }) =>
      emitter.node(name, [x!, emitter.constant(int64(axes))], {
        keepdims: keepDims ? 1 : 0,
        // ONNX reads an empty list of axes as "all".
        noop_with_empty_axes: 1,
      }),
    vjp,
    receptiveField: (axis, { axes }) => (axes.includes(axis) ? undefined : samePosition),
    meaning: ([x], { axes }, { shape }) => reduceDense(x!, axes, shape as number[], reduce),
  });
}

/** Attributes from the options that a caller gave for a tensor. */
export function reductionAttributes(
  x: TensorType,
  { axes, keepDims = false }: ReductionOptions,
): ReductionAttributes {
  const rank = x.shape.length;
  return { axes: normaliseAxes(axes ?? Array.from({ length: rank }, (_, i) => i), rank), keepDims };
}

/** The shape with the given axes replaced by 1: how a reduction's result broadcasts back. */
export function shapeWithOnes(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
}

function reduceDense(
  x: Dense,
  axes: readonly number[],
  shape: readonly number[],
  reduce: (elements: Float64Array) => number,
): Dense {
  const kept = shapeWithOnes(x.shape, axes) as number[];
  const groups = Array.from({ length: elementCount(kept) }, () => [] as number[]);
  forEachIndex(x.shape, (index, offset) => {
    const group = kept.reduce((at, size, axis) => at * size + (size === 1 ? 0 : index[axis]!), 0);
    groups[group]!.push(x.data[offset]!);
  });
  return dense(
    shape,
    Float64Array.from(groups, (group) => reduce(Float64Array.from(group))),
  );
}
