import { encoderNamed, encoderNames, encoders, encodersOf } from "../encoders/index.ts";
import { OptionError } from "../errors.ts";
import { fitLongSide, type Size } from "../image/raster.ts";
import type { Stage } from "../methods/plan.ts";
import {
  closed,
  defineOptions,
  largestSize,
  layersOrChannels,
  names,
  number,
  open,
  wholeNumber,
  type GivenOptions,
  type OptionValues,
} from "../options/option.ts";

/** Every option of a dream: meaning, unit, range and default, once. */
export const dreamOptions = defineOptions("a dream", {
  layers: open(
    layersOrChannels,
    "layers, or channels of them, whose activity is raised, of any encoder",
    "layer[:channel]:weight,…",
    `by encoder: ${encoders.map(({ name, dreamLayer }) => `${name} ${dreamLayer}`).join(", ")}`,
  ),
  encoder: open(
    names(encoderNames),
    "network that layers belong to where several have them",
    "name",
    "googlenet where it is installed and no layer is named, otherwise that of stylize",
  ),
  size: open(
    wholeNumber(16, largestSize),
    "longer side of the result",
    "px",
    "the photo's own, at most 1024",
  ),
  octaves: closed(wholeNumber(1, 12), "sizes to dream at, from small to large", "number", 4),
  octaveScale: closed(number(1.05, 4), "each size relative to the one before", "factor", 1.4),
  iterations: closed(wholeNumber(1, 10_000), "steps at each size", "number", 20),
  stepSize: closed(
    number(1e-3, 100),
    "how far a step moves a pixel on average, in 255ths of the range",
    "1/255",
    1.5,
  ),
  jitter: closed(
    wholeNumber(0, 1024),
    "how far the picture is shifted at most, at random in each step",
    "px",
    32,
  ),
  seed: closed(
    wholeNumber(0, 4294967295),
    "start of the random numbers: same seed, same machine, same bytes",
    "number",
    0,
  ),
});

/** All options of a dream with defaults filled in. Plain JSON. */
export type DreamRecipe = OptionValues<typeof dreamOptions>;

/** Options of a dream as callers give them; what is left out is chosen. */
export type DreamRecipeOptions = GivenOptions<DreamRecipe>;

/** A dream without open questions. */
export type SettledDream = Required<{
  readonly [Option in keyof DreamRecipe]: Exclude<DreamRecipe[Option], undefined>;
}>;

const largestUsualSize = 1024;

/**
 * Options with what was left open chosen for a photo.
 *
 * @throws {OptionError} if there is no layer, or the only one has a weight, which would be without
 *   effect
 */
export function settleDream(recipe: DreamRecipe, { width, height }: Size): SettledDream {
  const { encoder = "vgg19", size = Math.min(Math.max(width, height), largestUsualSize) } = recipe;
  const { layers = { [encoderNamed(encoder).dreamLayer]: 1 } } = recipe;
  expectMeantWeights(Object.entries(layers));
  return { ...recipe, layers, encoder, size };
}

/** Steps have the same length whatever the weight of a single layer: whoever gives one means more. */
function expectMeantWeights([first, ...others]: readonly (readonly [string, number])[]): void {
  if (first === undefined) throw new OptionError("a dream needs at least one layer; got none.");
  const [layer, weight] = first;
  if (others.length > 0 || weight === 1) return;
  const meant = layer.includes(":")
    ? `${layer}:1`
    : `${layer}, or ${layer}:CHANNEL:1 for a channel`;
  throw new OptionError(
    `a weight has no effect on the only layer: expected ${meant}; got ${layer}:${weight}.`,
  );
}

/** Names of the networks that the layers of a dream belong to. */
export function dreamEncoders({ layers, encoder }: SettledDream): string[] {
  const names = Object.keys(layers).map((target) => target.split(":")[0]!);
  return encodersOf(names, encoder);
}

/**
 * The sizes of a dream in the order of the work, the last exactly `size`. Sizes at which the photo
 * would be too thin are left out.
 *
 * @param thinnest - shorter side in pixels that the layers need
 * @throws {OptionError} if even the result would be too thin
 */
export function octavesOf(
  { size, octaves, octaveScale, iterations }: SettledDream,
  photo: Size,
  thinnest: number,
): Stage[] {
  const shortSide = (longSide: number): number => {
    const { width, height } = fitLongSide(photo, longSide);
    return Math.min(width, height);
  };
  if (shortSide(size) < thinnest) {
    const { width, height } = fitLongSide(photo, size);
    const slenderness = Math.max(photo.width, photo.height) / Math.min(photo.width, photo.height);
    throw new OptionError(
      `the picture would be ${width}×${height} px: these layers need both sides to have at least ${thinnest}. Give a size of ${Math.ceil(thinnest * slenderness)} or more, or crop the photo.`,
    );
  }
  return Array.from({ length: octaves }, (_, i) =>
    Math.round(size / octaveScale ** (octaves - 1 - i)),
  )
    .filter((longSide) => shortSide(longSide) >= thinnest)
    .map((longSide) => ({ longSide, iterations }));
}
