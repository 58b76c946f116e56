import { poolings } from "../encoders/encoder.ts";
import { defaultEncoderText, encoderNames } from "../encoders/index.ts";
import { resizeFilters } from "../image/resize.ts";
import { colourOptions } from "../colour/colouring.ts";
import {
  closed,
  defineOptions,
  largestSize,
  layersOrChannels,
  layerWeights,
  names,
  number,
  open,
  wholeNumber,
  type GivenOptions,
  type OptionValues,
} from "../options/option.ts";

/**
 * Every option of a picture: schema, meaning, unit, range and default, once. The command's flags,
 * the library's types and the table in the documentation are derived from it.
 */
export const recipeOptions = defineOptions("a recipe", {
  method: closed(
    names(["deepstyle", "gatys"]),
    "deepstyle: coarse to fine, the best picture a minute; gatys: as published",
    "name",
    "deepstyle",
  ),
  quality: closed(
    names(["draft", "good", "best"]),
    "how much time to take: sets size and iterations",
    "name",
    "good",
  ),
  encoder: open(
    names(encoderNames),
    "network that compares pictures; lite comes with the program",
    "name",
    defaultEncoderText,
  ),
  size: open(wholeNumber(16, largestSize), "longer side of the result", "px", "by quality"),
  iterations: open(
    wholeNumber(1, 1_000_000),
    "steps of the optimiser, all scales together",
    "number",
    "by method and quality",
  ),
  scales: open(
    wholeNumber(1, 12),
    "sizes to work through, each √2 times the one before",
    "number",
    "gatys 1, deepstyle all from 128 px",
  ),
  contentWeight: open(
    number(1e-12, 1e12),
    "how closely the photo is followed (α of Gatys et al.)",
    "number",
    "by method",
  ),
  styleWeight: open(
    number(1e-12, 1e12),
    "how closely the painting is followed (β of Gatys et al.)",
    "number",
    "by method",
  ),
  tvWeight: open(
    number(0, 1e12),
    "smoothness: weight of the total variation",
    "number",
    "by method",
  ),
  strength: closed(
    number(0, 1),
    "how far to go from the photo, 0, to the style, 1: its statistics are mixed with the photo's",
    "number",
    1,
  ),
  contentLayers: open(
    layerWeights,
    "layers at which the photo is compared",
    "name[:weight],…",
    "by encoder: relu4_2",
  ),
  styleLayers: open(
    layerWeights,
    "layers at which the painting is compared",
    "name[:weight],…",
    "by encoder: relu1_1 … relu5_1; gatys alike, deepstyle 10, 6, 3, 2, 2",
  ),
  styleLoss: open(
    names(["gram", "relative", "moments", "wasserstein"]),
    "how statistics are compared: Gram matrices; the same, or mean and covariance, relative to the painting's; Gaussians",
    "name",
    "gatys gram, deepstyle moments",
  ),
  styleScale: closed(
    number(0.05, 8),
    "longer side of the painting relative to the result's; larger makes broader strokes; the command also takes per cent, as in 150%",
    "factor",
    1,
  ),
  styleRotate: closed(
    number(-360, 360),
    "turn of the painting, clockwise; what would be empty corners is cut off",
    "degrees",
    0,
  ),
  styleFilter: closed(
    names(resizeFilters),
    "how the painting is resized; nearest leaves steps and makes false fine patterns",
    "name",
    "triangle",
  ),
  ...colourOptions,
  pixelLoss: closed(
    number(0, 1e12),
    "weight of the mean squared difference from a reference picture; the command takes its file as well",
    "number",
    0,
  ),
  detailWeight: closed(
    number(0, 1e12),
    "how closely the photo's fine detail, its Laplacian, is followed",
    "number",
    0,
  ),
  dream: closed(
    layersOrChannels,
    "layers, or channels of them, whose activity is raised: a deep dream in the style; GoogLeNet's, too",
    "layer[:channel]:weight,…",
    {},
  ),
  pooling: open(
    names(poolings),
    "how pooling layers sum up",
    "name",
    "gatys average, deepstyle max",
  ),
  init: open(
    names(["content", "noise", "style", "picture"]),
    "what to start from; the command also takes a picture's file name",
    "name",
    "gatys noise, deepstyle content",
  ),
  seed: closed(
    wholeNumber(0, 4294967295),
    "start of the random numbers: same seed, same machine, same bytes",
    "number",
    0,
  ),
  optimizer: closed(
    names(["lbfgs", "adam", "sgd", "adagrad"]),
    "how the pixels are moved",
    "name",
    "lbfgs",
  ),
  learningRate: open(
    number(1e-9, 1e9),
    "step size, for pixels in [0, 1]",
    "number",
    "by optimizer",
  ),
});

/** All options of a picture with defaults filled in. Plain JSON. */
export type Recipe = OptionValues<typeof recipeOptions>;

/** Options of a picture as callers give them; what is left out is chosen. */
export type RecipeOptions = GivenOptions<Recipe>;
