import { encoderNamed } from "../encoders/index.ts";
import type { Recipe } from "./recipe.ts";
import { byDepth, settle, usualLearningRates, type SettledRecipe } from "./settled.ts";

/**
 * The default: coarse to fine, so that large shapes are settled where steps are cheap; from the
 * photo; L-BFGS; mean and covariance of features relative to the painting's, so that one weight suits
 * all paintings and flat areas are painted too; total variation against the speckle that relu1_1
 * likes. Early layers, which are nearly matched anyway, weigh more, as else they give way first where the
 * photo is followed closely. What was measured: docs/methods.md.
 */
export function settleDeepstyle(recipe: Recipe): SettledRecipe {
  const encoder = encoderNamed(recipe.encoder ?? "vgg19");
  const iterations = { draft: 250, good: 600, best: 1000 }[recipe.quality];
  return settle(recipe, {
    encoder: encoder.name,
    size: { draft: 384, good: 512, best: 768 }[recipe.quality],
    iterations: Math.round(iterations * encoder.iterationsShare),
    scales: 12,
    contentWeight: 1,
    styleWeight: 18.4,
    tvWeight: 50,
    contentLayers: encoder.contentLayers,
    styleLayers: byDepth(encoder, [10, 6, 3, 2, 2]),
    styleLoss: "moments",
    pooling: "max",
    init: "content",
    learningRate: usualLearningRates[recipe.optimizer],
  });
}
