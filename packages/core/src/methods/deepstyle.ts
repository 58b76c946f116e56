import type { Recipe } from "../run/recipe.ts";
import { equally, settle, usualLearningRates, type SettledRecipe } from "./settled.ts";

/**
 * The default: coarse to fine, so that large shapes are settled where steps are cheap; from the
 * photo; L-BFGS; Gram matrices relative to the painting's, so that one weight suits all paintings;
 * total variation against the speckle that relu1_1 likes. What was measured: docs/methods.md.
 */
export function settleDeepstyle(recipe: Recipe): SettledRecipe {
  return settle(recipe, {
    size: { draft: 384, good: 512, best: 768 }[recipe.quality],
    iterations: { draft: 120, good: 200, best: 400 }[recipe.quality],
    scales: 12,
    contentWeight: 1,
    styleWeight: 8,
    tvWeight: 50,
    contentLayers: { relu4_2: 1 },
    styleLayers: equally("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
    styleLoss: "relative",
    pooling: "average",
    init: "content",
    learningRate: usualLearningRates[recipe.optimizer],
  });
}
