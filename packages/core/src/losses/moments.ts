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
  statistic: (features, weights) => ({ ...moments(features, weights) }),
  target: ({ mean, second }) => ({ mean: mean!, covariance: covariance(mean!, second!) }),
  compare: ({ mean, second }, target) => {
    const level = squares(target["mean"]!);
    // A painting of one shade has no spread to be relative to.
    const spread = ops.max(
      squares(target["covariance"]!),
      ops.mul(ops.mul(level, level), constant(smallestSpread ** 2)),
    );
    const shift = squares(ops.sub(mean!, target["mean"]!));
    const change = squares(ops.sub(covariance(mean!, second!), target["covariance"]!));
    return ops.mul(ops.add(ops.div(change, spread), ops.div(shift, level)), constant(0.5));
  },
};

/** Smallest norm of a covariance that it is taken to have, relative to the squared mean. */
const smallestSpread = 0.01;

function squares(x: Value): Value {
  return ops.reduceSum(ops.mul(x, x));
}
