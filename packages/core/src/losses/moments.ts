import { constant, ops, type Value } from "@deepstyle/engine";
import { covariance, moments } from "../statistics/moments.ts";
import type { FeatureLoss } from "./loss.ts";

/**
 * Style loss of one layer by mean and covariance, each relative to the painting's:
 * ½ (‖Σ − Τ‖² / ‖Τ‖² + ‖μ − ν‖² / ‖ν‖²). About 1 for an unrelated photo, whatever the painting.
 *
 * In a Gram matrix, Σ + μμᵀ, the mean outweighs the rest: a picture of the right colours is then
 * nearly done, and flat areas stay unpainted. Apart from the mean, texture counts in full.
 */
export const relativeMomentsLoss: FeatureLoss = {
  name: "relative moments",
  statistic: (features) => ({ ...moments(features) }),
  target: ({ mean, second }) => ({ mean: mean!, covariance: covariance(mean!, second!) }),
  compare: ({ mean, second }, target) =>
    ops.mul(
      ops.add(
        relativeDistance(covariance(mean!, second!), target["covariance"]!),
        relativeDistance(mean!, target["mean"]!),
      ),
      constant(0.5),
    ),
};

/** ‖x − y‖² / ‖y‖². */
function relativeDistance(x: Value, y: Value): Value {
  const difference = ops.sub(x, y);
  return ops.div(ops.reduceSum(ops.mul(difference, difference)), ops.reduceSum(ops.mul(y, y)));
}
