import { constant, ops } from "@deepstyle/engine";
import type { FeatureLoss } from "./loss.ts";

/**
 * Content loss: half the mean squared difference of features, ½ mean (F − P)².
 *
 * Source: Gatys, Ecker, Bethge 2016, eq. 1. Departure: divided by the number of features, so that a
 * weight means the same at every size. Where positions weigh differently, √w F is kept, so that the mean is
 * one of w (F − P)².
 */
export const contentLoss: FeatureLoss = {
  name: "content",
  isLocal: true,
  statistic: (features, weights) => ({
    features: weights === undefined ? features : ops.mul(features, ops.sqrt(weights)),
  }),
  compare: ({ features }, { features: target }) => {
    const difference = ops.sub(features!, target!);
    return ops.mul(ops.reduceMean(ops.mul(difference, difference)), constant(0.5));
  },
};
