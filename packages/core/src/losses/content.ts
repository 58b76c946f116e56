import { constant, ops } from "@deepstyle/engine";
import type { FeatureLoss } from "./loss.ts";

/**
 * Content loss: half the mean squared difference of features, ½ mean (F − P)².
 *
 * Source: Gatys, Ecker, Bethge 2016, eq. 1. Departure: divided by the number of features, so that a
 * weight means the same at every size.
 */
export const contentLoss: FeatureLoss = {
  name: "content",
  isLocal: true,
  statistic: (features) => ({ features }),
  compare: ({ features }, { features: target }) => {
    const difference = ops.sub(features!, target!);
    return ops.mul(ops.reduceMean(ops.mul(difference, difference)), constant(0.5));
  },
};
