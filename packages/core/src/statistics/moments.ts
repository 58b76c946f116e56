import { ops, type Value } from "@deepstyle/engine";
import { gramMatrix } from "./gramMatrix.ts";

/** First and second raw moment of features over positions. */
export interface Moments {
  /** Mean of each channel, `[n, c, 1]`. */
  readonly mean: Value;
  /** Mean product of each pair of channels, `[n, c, c]`: the Gram matrix. */
  readonly second: Value;
}

/**
 * Moments of a feature map over its positions: what is kept of a painting whose features are taken
 * as a Gaussian. Both are means over positions, so that they can be averaged over paintings.
 *
 * @param features - activations, `[n, c, h, w]`
 * @param weights - how much each position counts, `[1, 1, h, w]` with a mean of 1; all alike if left out
 * @throws {ShapeError} if `features` is not of rank 4 and known size
 */
export function moments(features: Value, weights?: Value): Moments {
  const second = gramMatrix(features, weights);
  const [n, c] = features.shape as readonly [number, number];
  // Of the image and not of the rows: its gradient is then added channel by channel, not spread first.
  const weighted = weights === undefined ? features : ops.mul(features, weights);
  const mean = ops.reshape(ops.reduceMean(weighted, { axes: [2, 3] }), [n, c, 1]);
  return { mean, second };
}

/** Covariance of channels, `[n, c, c]`: the second raw moment without the mean's part, Σ = E[ffᵀ] − μμᵀ. */
export function covariance(mean: Value, second: Value): Value {
  return ops.sub(second, ops.matMul(mean, ops.transpose(mean, [0, 2, 1])));
}
