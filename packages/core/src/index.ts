/**
 * Neural style transfer for any JavaScript platform: encoders, losses, optimisers, methods.
 *
 * @packageDocumentation
 */

export * from "./errors.ts";
export * from "./suggestion.ts";
export * from "./image/raster.ts";
export * from "./image/blend.ts";
export * from "./image/resize.ts";
export * from "./image/rotate.ts";
export * from "./image/ssim.ts";
export * from "./colour/srgb.ts";
export * from "./colour/matrix3.ts";
export * from "./colour/oklab.ts";
export * from "./colour/moments.ts";
export * from "./colour/match.ts";
export * from "./colour/luminance.ts";
export * from "./colour/report.ts";
export * from "./weights/safetensors.ts";
export * from "./encoders/encoder.ts";
export * from "./encoders/vgg19.ts";
export * from "./encoders/lite.ts";
export * from "./encoders/channelMeans.ts";
export * from "./nets/architecture.ts";
export * from "./nets/normalise.ts";
export * from "./nets/transformer.ts";
export * from "./nets/networkFile.ts";
export * from "./nets/mixture.ts";
export * from "./statistics/gramMatrix.ts";
export * from "./statistics/moments.ts";
export * from "./losses/loss.ts";
export * from "./losses/content.ts";
export * from "./losses/gram.ts";
export * from "./losses/moments.ts";
export * from "./losses/wasserstein.ts";
export * from "./losses/totalVariation.ts";
export * from "./losses/pixel.ts";
export * from "./optimisers/index.ts";
export * from "./methods/criterion.ts";
export * from "./methods/objective.ts";
export * from "./methods/plan.ts";
export * from "./methods/optimise.ts";
export * from "./methods/settled.ts";
export * from "./methods/method.ts";
export * from "./ruler/ruler.ts";
export * from "./ruler/checkerboard.ts";
export * from "./run/events.ts";
export * from "./run/memory.ts";
export * from "./run/networkMemory.ts";
export * from "./run/option.ts";
export * from "./run/paint.ts";
export type { SingleStyleNetwork } from "./run/paintTiles.ts";
export * from "./run/recipe.ts";
export * from "./run/stylize.ts";
export * from "./train/batches.ts";
export * from "./train/trainingGraph.ts";
export * from "./train/trainer.ts";
export * from "./train/options.ts";
export * from "./train/train.ts";
export * from "./distil/agreement.ts";
export * from "./distil/crops.ts";
export * from "./distil/distilGraph.ts";
export * from "./distil/distiller.ts";
export * from "./distil/options.ts";
export * from "./distil/start.ts";
export * from "./distil/distil.ts";
