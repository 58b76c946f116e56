import type { Value } from "@deepstyle/engine";

/**
 * How the mean over a map `[n, c, h, w]` is taken: `ops.reduceMean`, or one that counts only the
 * positions that belong to a tile.
 */
export type Mean = (map: Value) => Value;

/** Values by name. */
export type Values = Readonly<Record<string, Value>>;

/**
 * A loss on features, split where it has to be: a *statistic* is taken of the picture that is made
 * and of the picture that is the model, and only statistics are compared. Targets can then be
 * computed once, averaged over several paintings, or summed over tiles and masks.
 *
 * A statistic is a mean over positions of something that is 0 where features are 0. A {@link
 * FeatureLoss.isLocal} loss keeps positions, and its comparison is a mean over them.
 */
export interface FeatureLoss {
  readonly name: string;
  /** Whether each position is compared with the same position of the model; no, if left out. */
  readonly isLocal?: boolean;
  /**
   * What is kept of features `[n, c, h, w]`.
   *
   * @param weights - how much each position counts, `[1, 1, h, w]` with a mean of 1; all alike if left
   *   out
   */
  readonly statistic: (features: Value, weights?: Value) => Values;
  /** What of the model's statistic is compared with, if not the statistic itself. */
  readonly target?: (statistic: Values) => Values;
  /** A scalar, 0 where the statistics agree. */
  readonly compare: (statistic: Values, target: Values) => Value;
}
