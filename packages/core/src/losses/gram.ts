import { constant, ops } from "@deepstyle/engine";
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
  statistic: (features) => ({ gram: gramMatrix(features) }),
  compare: ({ gram }, { gram: target }) => {
    const difference = ops.sub(gram!, target!);
    return ops.mul(ops.reduceMean(ops.mul(difference, difference)), constant(1 / 4));
  },
};
