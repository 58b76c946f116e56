import type { Runtime } from "@deepstyle/engine";
import type { Encoder } from "../encoders/encoder.ts";
import { fitLongSide, type Raster } from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import { planOf } from "../methods/method.ts";
import { optimise } from "../methods/optimise.ts";
import type { SettledRecipe } from "../methods/settled.ts";

/** What {@link withFineStrokes} works with. */
export interface FineStrokesOptions {
  readonly runtime: Runtime;
  readonly encoder: Encoder;
  /** The painting whose large forms are kept. */
  readonly coarse: Raster;
  /** The painting whose strokes it gets. */
  readonly fine: Raster;
  /** Says how large paintings are seen, and how statistics are compared. */
  readonly recipe: SettledRecipe;
  /** Ends the work early. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many iterations are done. */
  readonly onIteration?: (done: number, of: number) => void;
}

/** Layers that see up to 10 px: strokes, and no forms made of them. */
const fineLayers = { relu1_1: 1, relu2_1: 1 };

/** Iterations for strokes, as a share of those for a picture: two layers are quickly content. */
const iterationsShare = 0.2;

/**
 * A painting with the strokes of another: its own pixels, optimised until the statistics of relu1_1 and
 * relu2_1 are those of the other; nothing holds the rest but that nothing moves it. As the model of a
 * style it has the large forms of the one and the brush of the other, which mixing layers of both
 * paintings in one loss does not give.
 *
 * @returns the painting at the size at which it is seen in the finished picture
 *
 * Source: Gatys et al. 2017, Controlling Perceptual Factors in Neural Style Transfer, section 6.
 */
export async function withFineStrokes(options: FineStrokesOptions): Promise<Raster> {
  const { runtime, encoder, coarse, fine, recipe, signal, onIteration } = options;
  const size = Math.round(
    Math.min(recipe.size * recipe.styleScale, Math.max(coarse.width, coarse.height)),
  );
  const iterations = Math.max(1, Math.round(iterationsShare * recipe.iterations));
  const plan = planOf({
    ...recipe,
    ...{ size, iterations, scales: 1, styleLayers: fineLayers, strength: 1 },
    ...{ pixelLoss: 0, detailWeight: 0 },
  });
  const features = plan.criterion.features.filter(({ name }) => name === "style");
  const { picture } = await optimise({
    runtime,
    encoder,
    plan: { ...plan, criterion: { ...plan.criterion, features } },
    content: coarse,
    styles: [{ picture: fine, weight: 1, filter: recipe.styleFilter }],
    initial: resize(coarse, fitLongSide(coarse, size), recipe.styleFilter),
    signal,
    onIterate: ({ iteration }) => onIteration?.(Math.min(iteration + 1, iterations), iterations),
  });
  return picture;
}
