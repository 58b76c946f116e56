import { ShapeError } from "../errors.ts";
import { apply, defineOp, type Emitter, type Ops } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { addDims, formatShape } from "../tensor/dim.ts";
import { int64, scalar } from "../tensor/tensor.ts";

/**
 * What is put around `a b c`: a `constant`, its mirror image without the border element (`reflect`:
 * `c b | a b c | b a`) or with it (`symmetric`: `b a | a b c | c b`), or the border element again
 * and again (`replicate`, in ONNX `edge`: `a a | a b c | c c`).
 */
export type PadMode = "constant" | "reflect" | "replicate" | "symmetric";

/** How many elements are added before each axis, then how many after each axis, and which. */
export type PadAttributes = Readonly<{ pads: readonly number[]; mode: PadMode; value: number }>;

/** How much to pad and with what. */
export interface PadOptions {
  /**
   * Two numbers for each of the last k axes: k for before, then k for after. For images `[top, left,
   * bottom, right]`, as in ONNX's convolution.
   */
  readonly pads: readonly number[];
  /** `constant` when left out. */
  readonly mode?: PadMode;
  /** The constant, 0 when left out; another one for float32 only. */
  readonly value?: number;
}

/** A border around a tensor. */
export const Pad = defineOp<PadAttributes>({
  name: "Pad",
  infer: ([x], { pads, mode }) => {
    const shape = x!.shape.map((size, axis) => {
      const [before, after] = padsOf(pads, axis);
      if (typeof size === "number" && Math.max(before, after) > largestPad(size, mode))
        throw new ShapeError(
          `mode ${mode} allows pads up to ${largestPad(size, mode)} on axis ${axis} of length ${size}; got ${before} and ${after}.`,
        );
      return addDims(size, before, after);
    });
    return { dtype: x!.dtype, shape };
  },
  emit: (emitter, [x], _, { pads, mode, value }) => {
    if (mode === "symmetric") return emitSymmetric(emitter, x!, pads);
    const inputs = [x!, emitter.constant(int64(pads))];
    if (value !== 0) inputs.push(emitter.constant(scalar(value)));
    return emitter.node("Pad", inputs, { mode: mode === "replicate" ? "edge" : mode });
  },
  vjp: ({ g, inputs: [x], attributes: { pads, mode }, ops }) => [
    () => {
      const rank = x!.shape.length;
      if (mode !== "constant") return foldBorders(ops, g, pads, mode);
      return ops.slice(g, {
        starts: pads.slice(0, rank),
        ends: pads.slice(rank).map((after) => (after === 0 ? Infinity : -after)),
      });
    },
  ],
  // A border that is mirrored or repeated depends on no more than what lies inside it.
  receptiveField: (axis, { pads }) => ({ stride: 1, from: -pads[axis]!, to: -pads[axis]! }),
  meaning: ([x], { pads, mode, value }, { shape }) =>
    fillDense(shape as readonly number[], (index) => {
      const source = index.map((at, axis) => sourceIndex(at - pads[axis]!, x!.shape[axis]!, mode));
      return source.includes(nowhere) ? value : elementAt(x!, ...source);
    }),
});

/**
 * Puts a border around the last axes of `x`.
 *
 * @throws {ShapeError} if `pads` does not fit the rank or holds a negative number, or a mirror image
 *   would be larger than its original
 */
export function pad(x: Value, { pads, mode = "constant", value = 0 }: PadOptions): Value {
  const padded = pads.length / 2;
  const untouched = x.shape.length - padded;
  if (!Number.isInteger(padded) || untouched < 0)
    throw new ShapeError(
      `pads [${pads.join(", ")}] must hold two numbers for each padded axis of ${formatShape(x.shape)}.`,
    );
  if (pads.some((n) => !Number.isInteger(n) || n < 0))
    throw new ShapeError(`pads [${pads.join(", ")}] must be whole numbers >= 0. Cut with slice.`);
  if (pads.every((n) => n === 0)) return x;
  const zeros = new Array<number>(untouched).fill(0);
  const all = [...zeros, ...pads.slice(0, padded), ...zeros, ...pads.slice(padded)];
  return apply(Pad, [x], { pads: all, mode, value });
}

function padsOf(pads: readonly number[], axis: number): readonly [number, number] {
  return [pads[axis]!, pads[axis + pads.length / 2]!];
}

function largestPad(size: number, mode: PadMode): number {
  if (mode === "constant") return Infinity;
  if (mode === "replicate") return size > 0 ? Infinity : 0;
  return mode === "reflect" ? size - 1 : size;
}

const nowhere = -1;

/** Where on its axis the element at a position comes from; positions count from the original. */
function sourceIndex(at: number, size: number, mode: PadMode): number {
  if (at >= 0 && at < size) return at;
  if (mode === "constant") return nowhere;
  if (mode === "replicate") return at < 0 ? 0 : size - 1;
  const skipped = skippedBy(mode);
  return at < 0 ? skipped - 1 - at : 2 * size - 1 - skipped - at;
}

/** How many elements at the border a mirror image leaves out. */
function skippedBy(mode: PadMode): number {
  return mode === "reflect" ? 1 : 0;
}

/** ONNX has no such mode; slices that walk backwards need no size. */
function emitSymmetric(emitter: Emitter, x: string, pads: readonly number[]): string {
  const list = (value: number): string => emitter.constant(int64([value]));
  let result = x;
  for (let axis = 0; axis < pads.length / 2; axis++) {
    const mirrored = (start: number, end: number): string =>
      emitter.node("Slice", [result, list(start), list(end), list(axis), list(-1)]);
    const [before, after] = padsOf(pads, axis);
    const parts = [result];
    if (before > 0) parts.unshift(mirrored(before - 1, 1 - 2 ** 31));
    if (after > 0) parts.push(mirrored(-1, -1 - after));
    if (parts.length > 1) result = emitter.node("Concat", parts, { axis });
  }
  return result;
}

type Side = "before" | "after";

/** Every element of a border is a copy, so its gradient counts for the original. */
function foldBorders(ops: Ops, g: Value, pads: readonly number[], mode: PadMode): Value {
  return g.shape.reduce<Value>((outer, _, axis) => {
    const [before, after] = padsOf(pads, axis);
    const inner = before === 0 ? outer : foldBorder(ops, outer, axis, "before", before, mode);
    return after === 0 ? inner : foldBorder(ops, inner, axis, "after", after, mode);
  }, g);
}

/** Adds the border on one side of an axis to what it copies, and drops it. */
function foldBorder(
  ops: Ops,
  g: Value,
  axis: number,
  side: Side,
  border: number,
  mode: PadMode,
): Value {
  /** Elements whose distance from the outer end of the border is `from` to `to − 1`. */
  const cut = (from: number, to: number): Value => {
    const [start, end] = side === "before" ? [from, to] : [-to, from === 0 ? Infinity : -from];
    return ops.slice(g, { axes: [axis], starts: [start], ends: [end] });
  };
  const skipped = skippedBy(mode);
  const near = border + skipped;
  const far = near + (mode === "replicate" ? 1 : border);
  const copies =
    mode === "replicate"
      ? ops.reduceSum(cut(0, border), { axes: [axis], keepDims: true })
      : ops.slice(cut(0, border), { axes: [axis], starts: [-1], steps: [-1] });
  const parts = [ops.add(cut(near, far), copies), cut(far, Infinity)];
  if (skipped > 0) parts.unshift(cut(border, near));
  return ops.concat(side === "before" ? parts : parts.reverse(), { axis });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link pad} */
    readonly pad: typeof pad;
  }
}
