import { perChannel, pixelAxes, type NormalizationAttributes } from "../graph/normalization.ts";
import type { Value } from "../graph/value.ts";
import { ops } from "../ops/index.ts";

/** A normalised batch and the statistics that it was normalised by. */
export interface NormalizedBatch {
  /** Of the shape of the batch. */
  readonly y: Value;
  /** Mean of each channel, `[c]`. */
  readonly mean: Value;
  /**
   * Biased variance of each channel, `[c]`. Frameworks multiply it by `count / (count − 1)` before
   * they add it to the running variance.
   */
  readonly variance: Value;
}

/**
 * Batch normalisation by the statistics of the batch itself, through which the gradient passes: the
 * form for training. For running averages, mix `mean` and `variance` outside of the graph.
 *
 * Source: Ioffe, Szegedy 2015, "Batch Normalization", algorithm 1.
 *
 * @param x - batch of images, `[n, c, h, w]`
 * @param scale - `[c]`
 * @param bias - `[c]`
 * @param options - epsilon, 1e-5 if left out
 * @throws {ShapeError} if scale or bias do not have one number for each channel
 */
export function batchNormalizationTraining(
  x: Value,
  scale: Value,
  bias: Value,
  { epsilon = 1e-5 }: Partial<NormalizationAttributes> = {},
): NormalizedBatch {
  const axes = [0, ...pixelAxes(x.shape)];
  const mean = ops.reduceMean(x, { axes });
  const centred = ops.sub(x, perChannel(ops, mean, x.shape));
  const variance = ops.reduceMean(ops.mul(centred, centred), { axes });
  const y = ops.batchNormalization(x, scale, bias, mean, variance, { epsilon });
  return { y, mean, variance };
}
