import { constant, ops, tensor, type Value } from "@deepstyle/engine";
import type { Mean } from "./loss.ts";

const kernel = constant(tensor(Float32Array.of(0, 1, 0, 1, -4, 1, 0, 1, 0), [1, 1, 3, 3]));

/** Settings of {@link laplacianLoss}. */
export interface LaplacianOptions {
  /** Side in pixels of the blocks that are averaged first; whole, at most the image's shorter side. */
  readonly pool: number;
  /** How the mean over blocks is taken; `ops.reduceMean` if left out. */
  readonly mean?: Mean;
}

/**
 * Laplacian loss: how much the fine detail of two images differs, mean (ΔD)², where D is the difference
 * of the images, averaged over colours and over blocks of `pool`×`pool` pixels, and ΔD its four
 * neighbours minus four times itself, the edge repeated. What is flat or an even ramp costs nothing, so
 * that shades and colours are free, and lines are held.
 *
 * @param image - `[1, 3, h, w]`
 * @param model - of the same shape
 *
 * Source: Li et al. 2017, Laplacian-Steered Neural Style Transfer, eq. 3, with blocks of 4 there.
 * Departure: means in place of sums, so that a weight means the same at every size.
 */
export function laplacianLoss(
  image: Value,
  model: Value,
  { pool, mean = ops.reduceMean }: LaplacianOptions,
): Value {
  const difference = ops.reduceMean(ops.sub(image, model), { axes: [1], keepDims: true });
  const blocks = pool === 1 ? difference : ops.averagePool(difference, { kernel: [pool, pool] });
  const padded = ops.pad(blocks, { pads: [1, 1, 1, 1], mode: "replicate" });
  const laplacian = ops.conv(padded, kernel);
  return mean(ops.mul(laplacian, laplacian));
}
