import type { EncoderDefinition } from "../encoders/definition.ts";
import { settleColours, type SettledColours } from "../colour/colouring.ts";
import type { Recipe } from "./recipe.ts";

/** A recipe without open questions: what a plan is made from and what a record holds. */
export type SettledRecipe = Required<{
  readonly [Option in keyof Recipe]: Exclude<Recipe[Option], undefined>;
}>;

/**
 * The recipe with open options filled in; options that were given stay.
 *
 * @throws {OptionError} if options contradict each other
 */
export function settle(
  recipe: Recipe,
  choices: Omit<SettledRecipe, Settled | keyof SettledColours>,
): SettledRecipe {
  const given = Object.entries(recipe).filter(([, value]) => value !== undefined);
  return { ...choices, ...settleColours(recipe), ...Object.fromEntries(given) } as SettledRecipe;
}

/** Options that have a default of their own. */
export type Settled = {
  [Option in keyof Recipe]-?: undefined extends Recipe[Option] ? never : Option;
}[keyof Recipe];

/** Step sizes where the recipe leaves them open, for pixels in [0, 1]. */
export const usualLearningRates: Readonly<Record<Recipe["optimizer"], number>> = {
  lbfgs: 1,
  adam: 0.02,
  adagrad: 0.1,
  sgd: 1,
};

/**
 * The layers at which an encoder's styles are compared, with shares that sum to 1.
 *
 * @param parts - in proportion, from shallow to deep
 */
export function byDepth(
  { styleLayers }: Pick<EncoderDefinition, "styleLayers">,
  parts: readonly [number, number, number, number, number],
): Record<string, number> {
  const sum = parts.reduce((total, part) => total + part);
  return Object.fromEntries(styleLayers.map((layer, i) => [layer, parts[i]! / sum]));
}
