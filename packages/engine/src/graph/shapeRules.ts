import { ShapeError } from "../errors.ts";
import { equalDims, formatShape, isStatic, type Dim, type Shape } from "../tensor/dim.ts";
import type { TensorType } from "./value.ts";

/**
 * The shape two operands have together: aligned at the last axis, axes of length 1 repeat.
 *
 * @throws {ShapeError} if an axis pair is neither equal nor 1
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis): Dim => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    if (equalDims(x, y) || y === 1) return x;
    if (x === 1) return y;
    throw new ShapeError(
      `shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: axis ${axis} is ${String(x)} and ${String(y)}.`,
    );
  });
}

/** Result of an elementwise operation on operands of one dtype. */
export function broadcastTypes(inputs: readonly TensorType[]): TensorType {
  const [first, ...others] = inputs;
  for (const other of others) {
    if (other.dtype !== first!.dtype)
      throw new ShapeError(
        `operands must have one dtype; got ${first!.dtype} and ${other.dtype}. Use cast.`,
      );
  }
  return {
    dtype: first!.dtype,
    shape: others.reduce((shape, other) => broadcastShapes(shape, other.shape), first!.shape),
  };
}

/**
 * Axes counted from the front, sorted; negative ones count from the end.
 *
 * @throws {ShapeError} if an axis is outside the rank or named twice
 */
export function normaliseAxes(axes: readonly number[], rank: number): readonly number[] {
  const normal = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  if (
    normal.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= rank) ||
    new Set(normal).size !== axes.length
  )
    throw new ShapeError(
      `axes [${axes.join(", ")}] must be different whole numbers from ${-rank} to ${rank - 1}.`,
    );
  return normal;
}

/**
 * The shape as numbers.
 *
 * @throws {ShapeError} if a size is symbolic; `what` says who needs it known
 */
export function staticShape(shape: Shape, what: string): readonly number[] {
  if (isStatic(shape)) return shape;
  throw new ShapeError(`${what} needs known sizes; got ${formatShape(shape)}.`);
}

/** @throws {ShapeError} if the rank is not the expected one */
export function expectRank(type: TensorType, rank: number, what: string): void {
  if (type.shape.length !== rank)
    throw new ShapeError(`${what} must have rank ${rank}; got ${formatShape(type.shape)}.`);
}
