import type { EncoderOptions } from "../encoders/encoder.ts";
import { contentLoss } from "../losses/content.ts";
import { gramLoss, relativeGramLoss } from "../losses/gram.ts";
import { laplacianLoss } from "../losses/laplacian.ts";
import type { FeatureLoss } from "../losses/loss.ts";
import { relativeMomentsLoss } from "../losses/moments.ts";
import { pixelLoss } from "../losses/pixel.ts";
import { totalVariation } from "../losses/totalVariation.ts";
import { wassersteinLoss } from "../losses/wasserstein.ts";
import { BoundedSteps, optimisers, type Optimiser } from "../optimisers/index.ts";
import { fitLongSide, type Size } from "../image/raster.ts";
import { smoothPlanes } from "../image/smooth.ts";
import type { Recipe } from "./recipe.ts";
import type { Criterion, ImageTerm } from "./criterion.ts";
import { dreamTerms } from "./dreamTerms.ts";
import { settleDeepstyle } from "./deepstyle.ts";
import { settleGatys } from "./gatys.ts";
import type { Plan, Stage } from "./plan.ts";
import type { SettledRecipe } from "./settled.ts";

/** Every method: how it settles what a recipe leaves open. */
export const methods: Readonly<Record<Recipe["method"], (recipe: Recipe) => SettledRecipe>> = {
  deepstyle: settleDeepstyle,
  gatys: settleGatys,
};

/** A recipe with everything that was left open chosen by its method. */
export function settleRecipe(recipe: Recipe): SettledRecipe {
  return methods[recipe.method](recipe);
}

const styleLosses: Readonly<Record<SettledRecipe["styleLoss"], FeatureLoss>> = {
  gram: gramLoss,
  relative: relativeGramLoss,
  moments: relativeMomentsLoss,
  wasserstein: wassersteinLoss,
};

/** Smallest longer side of a ladder: below it relu5_1 has too few positions for statistics. */
const smallestScale = 128;

/** Smallest shorter side of a scale that is only on the way: two positions at relu5_1. */
const smallestShortSide = 32;

/**
 * Steps that L-BFGS remembers. With ten in place of five the total after 250 steps at up to 181 px was
 * 0.4 % lower, for twice the work and memory outside the network.
 */
const history = 5;

/**
 * Later scales only refine, and cost twice as much a step: each gets this share of the iterations of
 * the one before.
 */
const iterationsRatio = 0.65;

/** But no fewer than this share of those of the first, so that posters are more than enlarged. */
const smallestShare = 0.03;

/** Of pixels. */
const bounds = { lower: 0, upper: 1 };

/** Side of the blocks of pixels whose Laplacian is the photo's detail. */
const detailBlock = 2;

/**
 * Scales, losses and optimiser of a settled recipe.
 *
 * @param content - the photo, for its proportions: scales at which it is too thin are left out. A
 *   square if left out
 */
export function planOf(recipe: SettledRecipe, content: Size = { width: 1, height: 1 }): Plan {
  return {
    stages: stagesOf(recipe, content),
    criterion: criterionOf(recipe),
    createOptimiser: () => createOptimiser(recipe),
    ...(recipe.optimizer === "lbfgs" && {
      createSmoothOptimiser: smoothSteps,
    }),
    keepsState: recipe.optimizer === "adam",
    ...(recipe.optimizer === "adam" && { averaging: 0.97 }),
  };
}

/**
 * With no more steps than these at a scale L-BFGS has not found its stride: from the scale before a total of
 * 3.54 fell to 3.18 in 3 steps at 1024 px and to 1.94 in 8; by smooth steps to 2.49 and 1.83.
 */
const fewSteps = 8;

/** Longer side in pixels above which scales refine what is there already; below it few steps are a choice. */
const refiningAbove = 1024;

/** Largest change of a pixel in the first of the smooth steps. */
const smoothStep = 0.04;

/** How often the direction is smoothed there. */
const smoothings = 2;

/**
 * For few steps, and with three vectors in place of eighteen for pictures that do not fit in memory otherwise.
 * Max pooling sends the gradient to single pixels, so that few steps would leave a grid of 2 to 4 px if they were
 * not smoothed.
 */
function smoothSteps(size: Size): Optimiser {
  const filter = (direction: Float32Array): void => {
    for (let i = 0; i < smoothings; i++) smoothPlanes(direction, size);
  };
  return new BoundedSteps({ lr: smoothStep, bounds, filter });
}

/** How the encoder is set up for a settled recipe. */
export function encoderOptionsOf({ method, pooling }: SettledRecipe): Required<EncoderOptions> {
  // The published network pads with zeros, which leaves the faint frame that users complain of.
  return { pooling, edge: method === "gatys" ? "zero" : "replicate" };
}

/**
 * Sizes of a ladder, each √2 times the one before, the last exactly `size`: 128, 181, 256, 362, 512.
 *
 * @param scales - at most so many
 *
 * Source: crowsonkb/style-transfer-pytorch.
 */
export function ladder(size: number, scales: number): number[] {
  const sizes = [size];
  for (let i = 1; i < scales; i++) {
    const next = Math.round(size / 2 ** (i / 2));
    if (next < smallestScale) break;
    sizes.unshift(next);
  }
  return sizes;
}

function stagesOf(
  { method, optimizer, size, scales, iterations, strength }: SettledRecipe,
  content: Size,
): Stage[] {
  const sizes = ladder(size, scales).filter((longSide) => {
    const { width, height } = fitLongSide(content, longSide);
    return longSide === size || Math.min(width, height) >= smallestShortSide;
  });
  const shares = sizes.map((_, i) => Math.max(iterationsRatio ** i, smallestShare));
  const whole = shares.reduce((sum, share) => sum + share, 0);
  return sizes.map((longSide, i) => {
    const steps = Math.max(1, Math.round((iterations * shares[i]!) / whole));
    const refines = longSide > refiningAbove && steps <= fewSteps;
    // Bounded steps never become small by themselves, and would move what is the photo already.
    const isSmooth = refines && method === "deepstyle" && optimizer === "lbfgs" && strength > 0;
    return { longSide, iterations: steps, ...(isSmooth && { isSmooth }) };
  });
}

function criterionOf(recipe: SettledRecipe): Criterion {
  const { contentWeight, contentLayers, styleWeight, styleLayers } = recipe;
  return {
    features: [
      { name: "content", weight: contentWeight, layers: contentLayers, loss: contentLoss },
      {
        name: "style",
        weight: styleWeight,
        layers: styleLayers,
        loss: styleLosses[recipe.styleLoss],
      },
      ...dreamTerms(recipe.dream, recipe.strength),
    ],
    image: imageTermsOf(recipe),
  };
}

function imageTermsOf({
  strength,
  tvWeight,
  pixelLoss: pixelWeight,
  detailWeight,
}: SettledRecipe): ImageTerm[] {
  const terms: ImageTerm[] = [
    // It is there against what a style brings; the photo's own grain stays.
    { name: "tv", weight: strength * tvWeight, build: totalVariation },
    {
      name: "pixel",
      weight: pixelWeight,
      model: "reference",
      build: (image, mean, model) => pixelLoss(image, model!, mean),
    },
    {
      name: "detail",
      weight: detailWeight,
      model: "content",
      build: (image, mean, model) => laplacianLoss(image, model!, { pool: detailBlock, mean }),
    },
  ];
  // What does not count is not computed, but for the total variation, which traces show.
  return terms.filter(({ name, weight }) => name === "tv" || weight > 0);
}

function createOptimiser({ optimizer, learningRate: lr }: SettledRecipe): Optimiser {
  switch (optimizer) {
    case "lbfgs":
      // Pictures are done when time is up, not when a tolerance in some unit is met.
      return optimisers.lbfgs({ lr, history, bounds, toleranceChange: 0, toleranceGradient: 0 });
    case "adam":
      return optimisers.adam({ lr, bounds });
    case "adagrad":
      return optimisers.adagrad({ lr, bounds });
    case "sgd":
      return optimisers.sgd({ lr, bounds, momentum: 0.9 });
  }
}
