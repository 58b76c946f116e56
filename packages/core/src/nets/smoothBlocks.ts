import { constant, ops, tensor, type Value } from "@deepstyle/engine";
import { videoBlock } from "./architecture.ts";

const colours = 3;
/** Side of the kernel of the layer that paints blocks. */
const kernel = 3;
/** Pixels, one way, that one place of the feature maps takes part in. */
const reach = kernel * videoBlock;
/**
 * What kernels are made of, one way, in steps of 2 px: two kernels of bilinear enlargement by 2, [1, 3, 3, 1], side by
 * side, as both halves of a block are to weigh alike.
 */
const piece = [1, 3, 4, 4, 3, 1];

/**
 * The weights with which a `video` network paints blocks of pixels, so that blocks do not show. Its last layer is a
 * transposed convolution of 12×12 px in steps of 4, which repeats strokes of the maps at 0.3 to 0.4 cycles a pixel, as
 * a fine mesh, and paints a lattice where the maps are alike. Kernels that paint at half of the size, enlarge by
 * bilinear interpolation and give each pixel of a block the same sum do neither.
 *
 * Source: Sugawara, Shiota, Kiya 2018, "Super-resolution using convolutional neural networks without any
 * checkerboard artifacts", for the condition of equal sums.
 *
 * @param weight - `[48, c, 3, 3]`, outputs in the order of {@link ops.depthToSpace}
 * @returns the nearest kernels of that kind, of the same shape; those that are of it come back unchanged
 */
export function smoothBlockWeight(weight: Value): Value {
  const channels = weight.shape[1] as number;
  const count = videoBlock * colours * channels * kernel;
  const filter = constant(tensor(smoothing(), [reach, reach]));
  // Rows of blocks and of the kernel last, then columns.
  const apart = ops.reshape(weight, [videoBlock, videoBlock, colours, channels, kernel, kernel]);
  const byRow = ops.transpose(apart, [1, 2, 3, 5, 0, 4]);
  const rows = ops.matMul(ops.reshape(byRow, [count, reach]), filter);
  const split = [videoBlock, colours, channels, kernel, videoBlock, kernel];
  const byColumn = ops.transpose(ops.reshape(rows, split), [4, 5, 1, 2, 0, 3]);
  const columns = ops.matMul(ops.reshape(byColumn, [count, reach]), filter);
  const together = [videoBlock, kernel, colours, channels, videoBlock, kernel];
  return ops.reshape(
    ops.transpose(ops.reshape(columns, together), [0, 4, 2, 3, 1, 5]),
    weight.shape,
  );
}

/** The biases that go with {@link smoothBlockWeight}: one for each colour, `[48]`. */
export function smoothBlockBias(bias: Value): Value {
  const places = ops.reshape(bias, [videoBlock ** 2, colours]);
  const same = ops.expand(ops.reduceMean(places, { axes: [0], keepDims: true }), places.shape);
  return ops.reshape(same, bias.shape);
}

/**
 * The orthogonal projection of one way of a kernel onto sums of {@link piece}, for a row of numbers in the
 * order place in the block, tap of the kernel.
 */
function smoothing(): Float32Array {
  const steps = (reach - piece.length) / 2 + 1;
  const basis: number[][] = [];
  for (let step = 0; step < steps; step++) {
    const shifted = Array.from({ length: reach }, (_, i) => piece[pixelOf(i) - 2 * step] ?? 0);
    const rest = basis.reduce((left, one) => {
      const share = dot(left, one);
      return left.map((x, i) => x - share * one[i]!);
    }, shifted);
    const length = Math.sqrt(dot(rest, rest));
    basis.push(rest.map((x) => x / length));
  }
  return Float32Array.from({ length: reach ** 2 }, (_, i) =>
    basis.reduce((sum, one) => sum + one[Math.floor(i / reach)]! * one[i % reach]!, 0),
  );
}

/** Where a kernel's number lies: the tap before reads what is above, so that its pixels lie below. */
function pixelOf(i: number): number {
  const [place, tap] = [Math.floor(i / kernel), i % kernel];
  return videoBlock * (kernel - 1 - tap) + place;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
