import { ops, type Value } from "@deepstyle/engine";
import type { Mean } from "./loss.ts";

/** Side in pixels of the windows in which places in a block are compared. */
const windowSide = 64;

/**
 * How much of a weave an image has that repeats with the blocks of a network: in windows
 * of 64 px the mean of each place in a block is taken, and the mean squared deviation of those means
 * from that of the block is the loss. What does not repeat with the blocks averages out. An image
 * smaller than a window is one; what no block covers does not count.
 *
 * Source: this project's own, the loss of what `checkerboard` measures in the spectrum.
 *
 * @param image - `[n, c, h, w]`, known size
 * @param options - side of the blocks in pixels, and how the mean over windows is taken
 * @returns a scalar in squared units of the image
 * @throws {ShapeError} if the image is smaller than a block
 */
export function weaveLoss(
  image: Value,
  { block, mean = ops.reduceMean }: { readonly block: number; readonly mean?: Mean },
): Value {
  const [n, c, h, w] = image.shape as readonly [number, number, number, number];
  const [rows, columns] = [Math.floor(h / block), Math.floor(w / block)];
  const whole = ops.slice(image, {
    starts: [0, 0],
    ends: [rows * block, columns * block],
    axes: [2, 3],
  });
  const places = ops.spaceToDepth(whole, block);
  const side = (blocks: number): number => Math.min(blocks, windowSide / block);
  const kernel = [side(rows), side(columns)] as const;
  const means = ops.averagePool(places, { kernel, strides: kernel });
  const byPlace = ops.reshape(means, [
    n,
    block ** 2,
    c * Math.floor(rows / kernel[0]) * Math.floor(columns / kernel[1]),
  ]);
  const deviation = ops.sub(byPlace, ops.reduceMean(byPlace, { axes: [1], keepDims: true }));
  return mean(ops.mul(deviation, deviation));
}
