import type { Recipe } from "../run/recipe.ts";
import { inProportion, settle, usualLearningRates, type SettledRecipe } from "./settled.ts";

/**
 * The default: coarse to fine, so that large shapes are settled where steps are cheap; from the
 * photo; L-BFGS; mean and covariance of features relative to the painting's, so that one weight suits
 * all paintings and flat areas are painted too; total variation against the speckle that relu1_1
 * likes. Early layers, which are nearly matched anyway, weigh more, as else they give way first where the
 * photo is followed closely. What was measured: docs/methods.md.
 */
export function settleDeepstyle(recipe: Recipe): SettledRecipe {
  const iterations = { draft: 250, good: 600, best: 1000 }[recipe.quality];
  return settle(recipe, {
    encoder: "vgg19",
    size: { draft: 384, good: 512, best: 768 }[recipe.quality],
    // Lite is there for speed, and half of the steps show what it sees: docs/distillation.md.
    iterations: recipe.encoder === "lite" ? iterations / 2 : iterations,
    scales: 12,
    contentWeight: 1,
    styleWeight: 18.4,
    tvWeight: 50,
    contentLayers: { relu4_2: 1 },
    styleLayers: inProportion({ relu1_1: 10, relu2_1: 6, relu3_1: 3, relu4_1: 2, relu5_1: 2 }),
    styleLoss: "moments",
    pooling: "max",
    init: "content",
    learningRate: usualLearningRates[recipe.optimizer],
  });
}
