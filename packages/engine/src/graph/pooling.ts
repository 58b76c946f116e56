import { ShapeError } from "../errors.ts";
import { fillDense, elementAt, type Dense } from "../tensor/dense.ts";
import { addDims, equalShapes, floorDivDim, formatShape, type Shape } from "../tensor/dim.ts";
import { tensor } from "../tensor/tensor.ts";
import type { ImageAxis, Ops, ReceptiveField } from "./op.ts";
import { staticShape } from "./shapeRules.ts";
import { constant, type TensorType, type Value } from "./value.ts";

/** How a window moves over an image; pairs are `[height, width]`. */
export type PoolAttributes = Readonly<{
  kernel: readonly [number, number];
  strides: readonly [number, number];
  /** `[top, left, bottom, right]`. */
  pads: readonly [number, number, number, number];
  /** Whether a last window that hangs over the edge counts; VGG drops it, GoogLeNet keeps it. */
  ceil: boolean;
}>;

/** Options of pooling; windows that do not overlap, no padding, no hanging windows if left out. */
export type PoolOptions = Pick<PoolAttributes, "kernel"> & Partial<PoolAttributes>;

/** Attributes from the options that a caller gave. */
export function poolAttributes(options: PoolOptions): PoolAttributes {
  return { strides: options.kernel, pads: [0, 0, 0, 0], ceil: false, ...options };
}

/** Shape rule of pooling. */
export function inferPool([x]: readonly TensorType[], attributes: PoolAttributes): TensorType {
  const { kernel, strides, pads, ceil } = attributes;
  if (x!.shape.length !== 4)
    throw new ShapeError(`needs an image [n, c, h, w]; got ${formatShape(x!.shape)}.`);
  const [n, c, ...size] = x!.shape;
  const pooled = size.map((dim, axis) => {
    const room = addDims(dim, pads[axis]! + pads[axis + 2]! - kernel[axis]!);
    if (typeof room === "number" && room < 0)
      throw new ShapeError(
        `the window of ${kernel.join("×")} px is larger than the image, ${formatShape(x!.shape)}.`,
      );
    // Of the windows that hang over the end only those count that start before it.
    const overhang = ceil ? Math.min(strides[axis]!, kernel[axis]! - pads[axis + 2]!) - 1 : 0;
    return addDims(floorDivDim(addDims(room, overhang), strides[axis]!), 1);
  });
  return { dtype: x!.dtype, shape: [n!, c!, ...pooled] };
}

/** Receptive field of pooling. */
export function poolField(
  axis: ImageAxis,
  { kernel, strides, pads }: PoolAttributes,
): ReceptiveField {
  const i = axis - 2;
  return { stride: strides[i]!, from: -pads[i]!, to: kernel[i]! - 1 - pads[i]! };
}

/** Pooling in float64: `reduce` gets the pixels of a window that lie in the image. */
export function poolDense(
  x: Dense,
  { kernel, strides, pads }: PoolAttributes,
  shape: readonly number[],
  reduce: (window: readonly number[]) => number,
): Dense {
  const [, , h, w] = x.shape;
  return fillDense(shape, ([n, c, p, q]) => {
    const window: number[] = [];
    for (let u = 0; u < kernel[0]; u++) {
      for (let v = 0; v < kernel[1]; v++) {
        const row = p! * strides[0] + u - pads[0];
        const column = q! * strides[1] + v - pads[1];
        if (row >= 0 && row < h! && column >= 0 && column < w!)
          window.push(elementAt(x, n!, c!, row, column));
      }
    }
    return reduce(window);
  });
}

/** ONNX's attributes of a pooling node. */
export function onnxPool({
  kernel,
  strides,
  pads,
  ceil,
}: PoolAttributes): Record<string, number | readonly number[]> {
  return { kernel_shape: kernel, strides, pads, ceil_mode: ceil ? 1 : 0 };
}

/** Whether windows tile the image: each pixel lies in one window at most. */
export function isTiling({ kernel, strides, pads, ceil }: PoolAttributes): boolean {
  return (
    !ceil && kernel.every((size, axis) => size === strides[axis]) && pads.every((pad) => pad === 0)
  );
}

/** Each window's number at all of its pixels; 0 at pixels that no window covers. */
export function spreadTiles(ops: Ops, y: Value, x: Value, { kernel }: PoolAttributes): Value {
  const spread = ops.resizeNearest(y, { scales: kernel });
  if (equalShapes(spread.shape, x.shape)) return spread;
  const [, , h, w] = staticShape(x.shape, "the gradient of pooling");
  const [, , coveredH, coveredW] = spread.shape as readonly number[];
  return ops.pad(spread, { pads: [0, 0, h! - coveredH!, w! - coveredW!] });
}

/** Adds each window's number to all of its pixels, where windows may overlap. */
export function scatterWindows(ops: Ops, y: Value, x: Value, attributes: PoolAttributes): Value {
  const { kernel } = attributes;
  const taps = Array.from({ length: kernel[0] * kernel[1] }, () => y);
  return scatterTaps(ops, taps, x, attributes);
}

/**
 * What each window sees at each of its taps, row by row: one image of the pooled size per tap.
 * Padding is seen as the smallest number.
 */
export function tapsOf(
  ops: Ops,
  x: Value,
  pooled: Shape,
  { kernel, strides, pads }: PoolAttributes,
): Value[] {
  const [, , h, w] = staticShape(x.shape, "the gradient of pooling");
  const [, , outH, outW] = pooled as readonly number[];
  const lastRow = (outH! - 1) * strides[0] + kernel[0];
  const lastColumn = (outW! - 1) * strides[1] + kernel[1];
  const padded = ops.pad(x, {
    pads: [
      pads[0],
      pads[1],
      Math.max(lastRow - h! - pads[0], pads[2]),
      Math.max(lastColumn - w! - pads[1], pads[3]),
    ],
    value: -3e38,
  });
  return tapOffsets(kernel).map(([u, v]) =>
    ops.slice(padded, {
      starts: [u, v],
      ends: [u + (outH! - 1) * strides[0] + 1, v + (outW! - 1) * strides[1] + 1],
      axes: [2, 3],
      steps: strides,
    }),
  );
}

/** The reverse of {@link tapsOf}: adds one image per tap at the pixels that the tap saw. */
export function scatterTaps(
  ops: Ops,
  taps: readonly Value[],
  x: Value,
  { kernel, strides, pads }: PoolAttributes,
): Value {
  const [n, c, h, w] = staticShape(x.shape, "the gradient of pooling");
  const [, , outH, outW] = taps[0]!.shape as readonly number[];
  const count = kernel[0] * kernel[1];
  const stacked = ops.concat(
    taps.map((tap) => ops.reshape(tap, [n!, c!, 1, outH!, outW!])),
    { axis: 2 },
  );
  // One group per channel, one kernel per tap with a single 1 at the tap's place.
  const oneHot = Float32Array.from({ length: c! * count * count }, (_, i) => {
    const tap = Math.floor(i / count) % count;
    return i % count === tap ? 1 : 0;
  });
  const whole = ops.convTranspose(
    ops.reshape(stacked, [n!, c! * count, outH!, outW!]),
    constant(tensor(oneHot, [c! * count, 1, ...kernel])),
    { strides, group: c! },
  );
  const [, , wholeH, wholeW] = whole.shape as readonly number[];
  const extended = ops.pad(whole, {
    pads: [0, 0, Math.max(h! + pads[0] - wholeH!, 0), Math.max(w! + pads[1] - wholeW!, 0)],
  });
  return ops.slice(extended, {
    starts: [pads[0], pads[1]],
    ends: [pads[0] + h!, pads[1] + w!],
    axes: [2, 3],
  });
}

function tapOffsets(kernel: readonly [number, number]): (readonly [number, number])[] {
  return Array.from({ length: kernel[0] * kernel[1] }, (_, i) => [
    Math.floor(i / kernel[1]),
    i % kernel[1],
  ]);
}
