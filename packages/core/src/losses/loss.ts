import type { Value } from "@deepstyle/engine";

/** Values by name. */
export type Values = Readonly<Record<string, Value>>;

/**
 * A loss on features, split where it has to be: a *statistic* is taken of the picture that is made
 * and of the picture that is the model, and only statistics are compared. Targets can then be
 * computed once, averaged over several paintings, or summed over tiles and masks.
 */
export interface FeatureLoss {
  readonly name: string;
  /** What is kept of features `[n, c, h, w]`. */
  readonly statistic: (features: Value) => Values;
  /** What of the model's statistic is compared with, if not the statistic itself. */
  readonly target?: (statistic: Values) => Values;
  /** A scalar, 0 where the statistics agree. */
  readonly compare: (statistic: Values, target: Values) => Value;
}
