import type { ConvAttributes } from "../graph/convolution.ts";
import { constant, type ComputedValue, type Graph, type Value } from "../graph/value.ts";
import type { PadAttributes } from "../ops/pad.ts";
import { ops } from "../ops/index.ts";
import type { ResizeNearestAttributes } from "../ops/resizeNearest.ts";
import { addDims, equalDims, floorDivDim, mulDims, type Dim } from "../tensor/dim.ts";
import { isFrozen, isOp } from "./match.ts";
import { rewrite } from "./simplify.ts";

/**
 * The same graph with some convolutions of frozen kernels computed in phases: the pixels of a block
 * become channels of one convolution with a stride, or of one at lower resolution, and depth to space
 * puts them in place. Two kinds gain by it on CPUs:
 *
 * - 3×3 after nearest enlargement by 2: of the 9 taps, only 4 see different pixels, and the maps are
 *   padded and read at a quarter of the size;
 * - large kernels to few channels: CPUs compute 16 channels as fast as 3, and blocks of pixels fill them.
 *
 * Source: polyphase decomposition; Crochiere and Rabiner 1983, "Multirate Digital Signal Processing",
 * section 3.3. Kernels stay in the model as they are; the session arranges them when it folds constants.
 */
export function polyphase<Output extends string>(graph: Graph<Output>): Graph<Output> {
  return rewrite(graph, (value) => {
    if (value.kind !== "computed") return value;
    return ofEnlarged(value) ?? toFewChannels(value) ?? beforeDepthToSpace(value) ?? value;
  });
}

/** Kernels, bias and pads of a convolution of frozen kernels without stride, dilation and groups. */
interface PlainConv {
  readonly x: Value;
  /** `[k, c, kh, kw]`. */
  readonly kernels: Value;
  readonly bias: Value | undefined;
  readonly pads: ConvAttributes["pads"];
}

function plainConv(value: ComputedValue): PlainConv | undefined {
  if (!isOp(value, "Conv")) return undefined;
  const [x, kernels, bias] = value.inputs as readonly [Value, Value, Value | undefined];
  const { strides, dilations, group, pads } = value.attributes as ConvAttributes;
  const isPlain = [...strides, ...dilations, group].every((setting) => setting === 1);
  const frozen = isFrozen(kernels) && (bias === undefined || isFrozen(bias));
  return isPlain && frozen ? { x, kernels, bias, pads } : undefined;
}

/** A 3×3 convolution that keeps the size, after each pixel became a block of 2×2. */
function ofEnlarged(value: ComputedValue): Value | undefined {
  const conv = plainConv(value);
  if (conv?.kernels.shape.slice(2).join() !== "3,3") return undefined;
  const padded = paddedByOne(conv);
  if (padded === undefined || !isOp(padded.image, "ResizeNearest")) return undefined;
  const { scales } = padded.image.attributes as ResizeNearestAttributes;
  const [small] = padded.image.inputs as readonly [Value];
  if (scales.join() !== "2,2" || small.shape[0] !== 1) return undefined;
  // The two outermost pixels are equal, so their mirror image is one of them again.
  const mode = padded.mode === "constant" ? "constant" : "replicate";
  const wide = ops.pad(small, { pads: [1, 1, 1, 1], mode });
  // A pixel of the result sees two rows of the small image: an even one those of an odd one before it.
  const phases = inBlocks(conv.kernels, 2).map((kernels) =>
    ops.mul(ops.averagePool(kernels, { kernel: [2, 2], strides: [2, 2] }), constant(4)),
  );
  return interleaved(
    ops.conv(wide, besideEachOther(phases), {
      ...(conv.bias && { bias: besideEachOther([0, 1, 2, 3].map(() => conv.bias!)) }),
    }),
  );
}

/**
 * Numbers of output channels of the phases of a block of 2×2, `[k, …]` each, one after the other: row
 * of the block, channel, column.
 */
function besideEachOther([a, b, c, d]: readonly Value[]): Value {
  const row = (left: Value, right: Value): Value => {
    const [k, ...rest] = left.shape as readonly [number, ...number[]];
    const columns = [left, right].map((phase) => ops.reshape(phase, [k, 1, ...rest]));
    return ops.reshape(ops.concat(columns, { axis: 1 }), [2 * k, ...rest]);
  };
  return ops.concat([row(a!, b!), row(c!, d!)], { axis: 0 });
}

/**
 * Blocks of 2×2 pixels to an image without its outermost pixels. ONNX Runtime's depth to space takes
 * twice as long as a transposition and two copies.
 *
 * @param blocks - `[1, 4 · k, h, w]`, channels as {@link besideEachOther} puts them
 * @returns `[1, k, 2 · h − 2, 2 · w − 2]`
 */
function interleaved(blocks: Value): Value {
  const [, channels, h, w] = blocks.shape as readonly [1, number, Dim, Dim];
  const k = channels / 4;
  const pairs = ops.transpose(ops.reshape(blocks, [2 * k, 2, h, w]), [0, 2, 3, 1]);
  const rows = ops.reshape(pairs, [2 * k, h, 1, mulDims(w, 2)]);
  const inner = (row: 0 | 1): Value =>
    ops.slice(rows, {
      axes: [0, 1, 3],
      starts: [row * k, 1 - row, 1],
      ends: [(row + 1) * k, row === 0 ? Infinity : -1, -1],
    });
  // The upper rows of blocks are the odd ones of the result, and the first of them lies outside.
  const both = ops.concat([inner(1), inner(0)], { axis: 2 });
  const size = [h, w].map((length) => addDims(mulDims(length, 2), -2));
  return ops.reshape(both, [1, k, ...size]);
}

/** What a convolution is padded with, by one pixel on each side: by itself, or before it. */
function paddedByOne({
  x,
  pads,
}: PlainConv): { image: Value; mode: PadAttributes["mode"] } | undefined {
  if (pads.every((side) => side === 1)) return { image: x, mode: "constant" };
  if (pads.some((side) => side !== 0) || !isOp(x, "Pad")) return undefined;
  const { pads: around, mode, value } = x.attributes as PadAttributes;
  const isZero = mode !== "constant" || value === 0;
  return around.join() === "0,0,1,1,0,0,1,1" && isZero ? { image: x.inputs[0]!, mode } : undefined;
}

/** Sides of blocks that are tried, the best one first. */
const blockSides = [4, 2];

/** Channels that a CPU computes together. */
const channelBlock = 16;

/** A convolution whose channels fill but a part of what a CPU computes together. */
function toFewChannels(value: ComputedValue): Value | undefined {
  const conv = plainConv(value);
  if (conv === undefined) return undefined;
  const { x, kernels, bias, pads } = conv;
  const [, , height, width] = value.shape as readonly [Dim, Dim, Dim, Dim];
  const side = blockSides.find((b) => isMultiple(height, b) && isMultiple(width, b));
  if (side === undefined) return undefined;
  const products = (of: number): number => productsPerPixel(kernels.shape as readonly number[], of);
  if (products(side) > products(1) / 2) return undefined;
  const phases = inBlocks(kernels, side);
  const blocks = ops.conv(x, ops.concat(phases, { axis: 0 }), {
    pads,
    strides: [side, side],
    ...repeated(bias, phases.length),
  });
  return ops.depthToSpace(blocks, side);
}

function isMultiple(length: Dim, of: number): boolean {
  return equalDims(mulDims(floorDivDim(length, of), of), length);
}

/** Products for each pixel and input channel, those for channels that only fill up included. */
function productsPerPixel([k, , kh, kw]: readonly number[], side: number): number {
  const filled = Math.ceil((side ** 2 * k!) / channelBlock) * channelBlock;
  return ((kh! + side - 1) * (kw! + side - 1) * filled) / side ** 2;
}

/**
 * For each pixel of a block, row by row, the kernels among zeros where that pixel sees them in what the
 * whole block sees: `side²` times `[k, c, kh + side − 1, kw + side − 1]`.
 */
function inBlocks(kernels: Value, side: number): Value[] {
  const last = side - 1;
  return Array.from({ length: side ** 2 }, (_, i) => {
    const [row, column] = [Math.floor(i / side), i % side];
    return ops.pad(kernels, { pads: [row, column, last - row, last - column] });
  });
}

function repeated(bias: Value | undefined, times: number): { readonly bias?: Value } {
  if (bias === undefined) return {};
  return {
    bias: ops.concat(
      Array.from({ length: times }, () => bias),
      { axis: 0 },
    ),
  };
}

const functions: readonly string[] = ["Tanh", "Sigmoid", "Relu"];
const scalarOperations: readonly string[] = ["Add", "Sub", "Mul", "Div"];

/**
 * What is done to each number is done before depth to space: a runtime joins it with the convolution.
 */
function beforeDepthToSpace(value: ComputedValue): Value | undefined {
  const [x, y] = value.inputs;
  if (!isOp(x, "DepthToSpace")) return undefined;
  const isScalar = y?.kind === "constant" && y.shape.length === 0;
  const moves =
    functions.includes(value.op.name) || (scalarOperations.includes(value.op.name) && isScalar);
  if (!moves) return undefined;
  const [blocks] = x.inputs as readonly [Value];
  const before = { ...value, inputs: value.inputs.with(0, blocks), shape: blocks.shape };
  return { ...x, inputs: [before] };
}
