import { ShapeError } from "../errors.ts";
import { apply, defineOp, samePosition, type Ops } from "../graph/op.ts";
import { normaliseAxes, staticShape } from "../graph/shapeRules.ts";
import type { Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { addDims, floorDivDim, mulDims, type Dim, type Shape } from "../tensor/dim.ts";
import { int64 } from "../tensor/tensor.ts";

/** For each of the axes: first index, index to stop before, and how far apart indices are. */
export type SliceAttributes = Readonly<{
  axes: readonly number[];
  starts: readonly number[];
  ends: readonly number[];
  steps: readonly number[];
}>;

/** A slice as in Python: negative indices count from the end, a negative step walks backwards. */
export interface SliceOptions {
  /** The axes that are cut; the first ones when left out. */
  readonly axes?: readonly number[];
  /** First index on each of the axes. */
  readonly starts: readonly number[];
  /** Index to stop before on each of the axes; `Infinity`, or `-Infinity` backwards, for never. */
  readonly ends?: readonly number[];
  /** Distance from one index to the next, not 0; 1 when left out. */
  readonly steps?: readonly number[];
}

/** Evenly spaced elements of axes. */
export const Slice = defineOp<SliceAttributes>({
  name: "Slice",
  infer: ([x], attributes) => ({
    dtype: x!.dtype,
    shape: rangesOf(x!.shape, attributes).map(({ length }) => length),
  }),
  emit: (emitter, [x], _, { axes, starts, ends, steps }) =>
    emitter.node("Slice", [
      x!,
      ...[starts, ends, axes, steps].map((list) => emitter.constant(int64(list))),
    ]),
  vjp: ({ g, inputs: [x], attributes, ops }) => [
    () => {
      const ranges = rangesOf(x!.shape, attributes);
      const backwards = attributes.axes.filter((axis) => ranges[axis]!.step < 0);
      const forwards = ops.slice(g, {
        axes: backwards,
        starts: backwards.map(() => -1),
        steps: backwards.map(() => -1),
      });
      const spread = ranges.reduce<Value>(
        (y, { step }, axis) => insertZeros(ops, y, axis, Math.abs(step) - 1),
        forwards,
      );
      return ops.pad(spread, { pads: margins(x!.shape, ranges) });
    },
  ],
  receptiveField: (axis, { axes, starts, steps }) => {
    const i = axes.indexOf(axis);
    if (i < 0) return samePosition;
    // Counted from the end, the start depends on the length.
    if (starts[i]! < 0 || steps[i]! < 0) return undefined;
    return { stride: steps[i]!, from: starts[i]!, to: starts[i]! };
  },
  meaning: ([x], attributes, { shape }) => {
    const ranges = rangesOf(x!.shape, attributes);
    return fillDense(shape as readonly number[], (index) =>
      elementAt(
        x!,
        ...index.map((at, axis) => (ranges[axis]!.start as number) + at * ranges[axis]!.step),
      ),
    );
  },
});

/**
 * The elements `starts, starts + steps, …` before `ends` of the given axes; all of the others.
 *
 * As in Python, negative indices count from the end, and what lies outside is left out. An index
 * that counts from the start of a symbolic axis must lie inside it.
 *
 * @throws {ShapeError} if the lists differ in length, an axis does not exist or a step is 0
 */
export function slice(x: Value, options: SliceOptions): Value {
  const { starts } = options;
  const steps = options.steps ?? starts.map(() => 1);
  const ends = options.ends ?? steps.map((step) => step * Infinity);
  const axes = options.axes ?? starts.map((_, i) => i);
  const rank = x.shape.length;
  if ([ends, steps, axes].some((list) => list.length !== starts.length))
    throw new ShapeError(
      `slice needs one start, end and step for each axis; got ${starts.length} starts, ${ends.length} ends, ${steps.length} steps and ${axes.length} axes.`,
    );
  if (steps.some((step) => !Number.isInteger(step) || step === 0))
    throw new ShapeError(`steps [${steps.join(", ")}] of slice must be whole numbers, not 0.`);
  if (axes.length === 0) return x;
  normaliseAxes(axes, rank);
  return apply(Slice, [x], {
    axes: axes.map((axis) => (axis < 0 ? axis + rank : axis)),
    starts: starts.map(storedIndex),
    ends: ends.map(storedIndex),
    steps,
  });
}

/** What stands for "all the way" in ONNX files: the largest number that every runtime reads. */
const farAway = 2 ** 31 - 1;

function storedIndex(index: number): number {
  return Math.min(Math.max(index, -farAway), farAway);
}

/** Which indices of one axis are taken. */
interface Range {
  readonly start: Dim;
  readonly step: number;
  readonly length: Dim;
}

function rangesOf(shape: Shape, { axes, starts, ends, steps }: SliceAttributes): readonly Range[] {
  return shape.map((size, axis): Range => {
    const i = axes.indexOf(axis);
    if (i < 0) return { start: 0, step: 1, length: size };
    const step = steps[i]!;
    const start = resolveIndex(starts[i]!, size, step);
    const end = resolveIndex(ends[i]!, size, step);
    const [low, high] = step > 0 ? [start, end] : [end, start];
    const span = addDims(high, mulDims(low, -1));
    const length = floorDivDim(addDims(span, Math.abs(step) - 1), Math.abs(step));
    return { start, step, length: typeof length === "number" ? Math.max(length, 0) : length };
  });
}

/** An index counted from the front, brought to where a walk in this direction can begin or stop. */
function resolveIndex(index: number, size: Dim, step: number): Dim {
  const [first, last] = step > 0 ? [0, size] : [-1, addDims(size, -1)];
  if (index === farAway) return last;
  if (index === -farAway) return first;
  const fromFront = index < 0 ? addDims(size, index) : index;
  return typeof fromFront === "number" && typeof last === "number"
    ? Math.min(Math.max(fromFront, first), last)
    : fromFront;
}

/** Puts zeros between neighbours along an axis: `[a, b, c]` becomes `[a, 0, b, 0, c]`. */
function insertZeros(ops: Ops, y: Value, axis: number, zeros: number): Value {
  if (zeros === 0) return y;
  const { shape } = y;
  const column = ops.reshape(y, shape.toSpliced(axis + 1, 0, 1));
  const pads = Array.from({ length: 2 * column.shape.length }, (_, i) =>
    i === column.shape.length + axis + 1 ? zeros : 0,
  );
  const spread = ops.reshape(
    ops.pad(column, { pads }),
    shape.with(axis, mulDims(shape[axis]!, zeros + 1)),
  );
  return ops.slice(spread, { axes: [axis], starts: [0], ends: [-zeros] });
}

/** How many elements lie before the first and after the last one taken, on every axis. */
function margins(shape: Shape, ranges: readonly Range[]): readonly number[] {
  const before = ranges.map(({ start, step, length }) =>
    length === 0 || step > 0 ? start : addDims(start, mulDims(addDims(length, -1), step)),
  );
  const after = ranges.map(({ step, length }, axis) => {
    const extent = addDims(mulDims(addDims(length, -1), Math.abs(step)), 1);
    const taken = addDims(before[axis]!, length === 0 ? 0 : extent);
    return addDims(shape[axis]!, mulDims(taken, -1));
  });
  return staticShape([...before, ...after], "the gradient of Slice");
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link slice} */
    readonly slice: typeof slice;
  }
}
