import { constant, ops, type Value } from "@deepstyle/engine";
import { gramMatrix } from "../statistics/gramMatrix.ts";
import type { FeatureLoss } from "./loss.ts";

/**
 * Style loss of one layer: E = 1/(4 N² M²) Σ (G − A)² for raw Gram matrices of N channels and M
 * positions.
 *
 * Source: Gatys, Ecker, Bethge 2016, eq. 4. Departure: each Gram matrix is divided by its own M, as
 * photo and painting seldom have equally many positions; with equal sizes the number is the paper's.
 */
export const gramLoss: FeatureLoss = {
  name: "gram",
  statistic: (features, weights) => ({ gram: gramMatrix(features, weights) }),
  compare: ({ gram }, { gram: target }) => {
    const difference = ops.sub(gram!, target!);
    return ops.mul(ops.reduceMean(ops.mul(difference, difference)), constant(1 / 4));
  },
};

/**
 * Style loss of one layer relative to the painting: ‖G − A‖² / ‖A‖², about 1 for an unrelated photo;
 * the mean over a batch.
 *
 * Gram matrices of a colourful painting are several times those of a quiet one, and so is the loss
 * of Gatys et al.; relative to the painting, one weight suits both.
 */
export const relativeGramLoss: FeatureLoss = {
  name: "relative gram",
  statistic: (features, weights) => ({ gram: gramMatrix(features, weights) }),
  compare: ({ gram }, { gram: target }) => {
    const squares = (matrices: Value): Value =>
      ops.reduceSum(ops.mul(matrices, matrices), { axes: [1, 2] });
    const distance = squares(ops.sub(gram!, target!));
    return ops.reduceMean(ops.div(distance, squares(target!)));
  },
};
