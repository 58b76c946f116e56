import { encoderNamed } from "../encoders/index.ts";
import type { Recipe } from "./recipe.ts";
import { byDepth, settle, usualLearningRates, type SettledRecipe } from "./settled.ts";

/**
 * The paper as published: white noise, one scale, L-BFGS, content at relu4_2, style at relu1_1 to
 * relu5_1 with a fifth each, content to style as 1 to 1000.
 *
 * Source: Gatys, Ecker, Bethge 2015 and 2016. "conv4_2" in the paper is the activation after the
 * ReLU in the authors' code. Departure: the paper's ratio belongs to a content loss that is a sum over
 * features, against which style is 10³ to 10⁴ times too weak; with the mean used here style drowned
 * the photo. A weight of 32 on the content layer makes 1 to 1000 the ratio that was balanced by eye
 * on one pair, on a ladder with otherwise the same losses. The noise is nearly grey, as in the programs
 * that made the method known; the paper does not give its contrast.
 */
export function settleGatys(recipe: Recipe): SettledRecipe {
  const encoder = encoderNamed(recipe.encoder ?? "vgg19");
  const size = { draft: 256, good: 512, best: 512 }[recipe.quality];
  return settle(recipe, {
    encoder: encoder.name,
    size,
    iterations: { draft: 100, good: 300, best: 500 }[recipe.quality],
    scales: 1,
    contentWeight: 1,
    styleWeight: 1000,
    tvWeight: 0,
    contentLayers: timesAll(contentFactor, encoder.contentLayers),
    styleLayers: byDepth(encoder, [1, 1, 1, 1, 1]),
    styleLoss: "gram",
    pooling: "average",
    init: "noise",
    learningRate: usualLearningRates[recipe.optimizer],
  });
}

/** What makes the paper's ratio a balanced one; see {@link settleGatys}. */
const contentFactor = 32;

function timesAll(factor: number, layers: Readonly<Record<string, number>>) {
  return Object.fromEntries(
    Object.entries(layers).map(([layer, weight]) => [layer, factor * weight]),
  );
}
