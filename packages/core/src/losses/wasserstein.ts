import { constant, ops, tensor, type Value } from "@deepstyle/engine";
import { covariance, moments } from "../statistics/moments.ts";
import type { FeatureLoss } from "./loss.ts";

/** Added to the diagonal of covariances, which have fewer positions than channels in deep layers. */
const regulariser = 1e-4;

// As many as in the source. Plain ones do not converge on the features of a real painting.
const iterations = 12;

/** Root of the smallest eigenvalue that is aimed at, relative to the norm; float32 allows no less. */
const smallestRoot = 1e-3;

/**
 * Squared Wasserstein-2 distance of two Gaussians with the features' means and covariances, divided
 * by the number of channels: mean (μ − ν)² + tr(Σ + Τ − 2 (Τ^½ Σ Τ^½)^½) / c.
 *
 * Source: crowsonkb/style-transfer-pytorch, StyleLossW2. Departure: its gradient by Σ is not taken
 * through the matrix root. For a fixed target it is I − Τ^½ (Τ^½ Σ Τ^½)^−½ Τ^½, identity minus the
 * optimal transport map, and the same iteration yields the inverse root as well: a third of the cost.
 */
export const wassersteinLoss: FeatureLoss = {
  name: "wasserstein",
  statistic: (features, weights) => ({ ...moments(features, weights) }),
  target: ({ mean, second }) => ({
    mean: mean!,
    root: squareRoots(spreadOf(mean!, second!)).root,
  }),
  compare: ({ mean, second }, { mean: targetMean, root: targetRoot }) => {
    const shift = ops.sub(mean!, targetMean!);
    const spread = spreadOf(mean!, second!);
    return ops.add(
      ops.reduceMean(ops.mul(shift, shift)),
      ops.mul(buresDistance(spread, targetRoot!), constant(1 / (spread.shape[1] as number))),
    );
  },
};

/** tr(Σ + Τ − 2 (Τ^½ Σ Τ^½)^½), given Τ^½. */
function buresDistance(spread: Value, targetRoot: Value): Value {
  const between = ops.matMul(ops.matMul(targetRoot, spread), targetRoot);
  const { root, inverseRoot } = squareRoots(ops.stopGradient(between));
  const target = ops.matMul(targetRoot, targetRoot);
  const distance = ops.add(
    ops.sub(trace(spread), ops.mul(trace(root), constant(2))),
    trace(target),
  );
  // tr((I − T) Σ) has the gradient that is wanted; its value is exchanged for the distance.
  const transport = ops.matMul(ops.matMul(targetRoot, inverseRoot), targetRoot);
  const slope = ops.sub(identity(spread.shape[1] as number), ops.stopGradient(transport));
  const linear = ops.reduceSum(ops.mul(slope, spread));
  return ops.add(linear, ops.stopGradient(ops.sub(distance, linear)));
}

/**
 * Square root and inverse square root of positive definite matrices `[n, c, c]` by the coupled
 * Newton–Schulz iteration: Y ← Y T, Z ← T Z with T = (3 I − Z Y)/2 (Higham 2008, eq. 6.35).
 *
 * Each step is scaled for the smallest eigenvalue that can still be there (Chen and Chow 2014): in a
 * float32 trial in NumPy on VGG-19's features that brought the error of the distance from 4 to 12 %
 * down to 0.02 to 0.5 %.
 */
function squareRoots(matrix: Value): { root: Value; inverseRoot: Value } {
  const size = matrix.shape[1] as number;
  const norm = ops.sqrt(ops.reduceSum(ops.mul(matrix, matrix), { axes: [1, 2], keepDims: true }));
  const three = constant(tensor(diagonal(size, 3), [1, size, size]));
  let root = ops.div(matrix, norm);
  let inverse: Value = identity(size);
  let smallest = smallestRoot;
  for (let i = 0; i < iterations; i++) {
    const squared = 3 / (1 + smallest + smallest ** 2);
    const factor = Math.sqrt(squared) / 2;
    const scaled = ops.mul(ops.matMul(inverse, root), constant(squared));
    const step = ops.mul(ops.sub(three, scaled), constant(factor));
    smallest *= factor * (3 - squared * smallest ** 2);
    root = ops.matMul(root, step);
    inverse = ops.matMul(step, inverse);
  }
  const scale = ops.sqrt(norm);
  return { root: ops.mul(root, scale), inverseRoot: ops.div(inverse, scale) };
}

/** The covariance, kept away from singular. */
function spreadOf(mean: Value, second: Value): Value {
  const size = second.shape[1] as number;
  return ops.add(
    covariance(mean, second),
    constant(tensor(diagonal(size, regulariser), [1, size, size])),
  );
}

function trace(matrix: Value): Value {
  return ops.reduceSum(ops.mul(matrix, identity(matrix.shape[1] as number)));
}

function identity(size: number): Value {
  return constant(tensor(diagonal(size, 1), [1, size, size]));
}

function diagonal(size: number, value: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? value : 0));
}
