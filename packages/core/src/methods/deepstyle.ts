import type { Recipe } from "../run/recipe.ts";
import { equally, settle, usualLearningRates, type SettledRecipe } from "./settled.ts";

/**
 * The default: coarse to fine, so that large shapes are settled where steps are cheap; from the
 * photo; L-BFGS; mean and covariance of features relative to the painting's, so that one weight suits
 * all paintings and flat areas are painted too; total variation against the speckle that relu1_1
 * likes. What was measured: docs/methods.md.
 */
export function settleDeepstyle(recipe: Recipe): SettledRecipe {
  return settle(recipe, {
    encoder: "vgg19",
    size: { draft: 384, good: 512, best: 768 }[recipe.quality],
    iterations: { draft: 250, good: 500, best: 1000 }[recipe.quality],
    scales: 12,
    contentWeight: 1,
    styleWeight: 8,
    tvWeight: 50,
    contentLayers: { relu4_2: 1 },
    styleLayers: equally("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
    styleLoss: "moments",
    pooling: "max",
    init: "content",
    learningRate: usualLearningRates[recipe.optimizer],
  });
}
