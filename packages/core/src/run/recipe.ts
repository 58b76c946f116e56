import * as v from "valibot";
import { poolings } from "../encoders/encoder.ts";
import { OptionError } from "../errors.ts";
import { unknownName } from "../suggestion.ts";

/** What an option means, for help texts, tables and forms. */
export interface OptionMeaning {
  /** What it does, with its unit. */
  readonly meaning: string;
  /** What kind of value it takes: one name of a list, a number, or layers with weights. */
  readonly kind: "name" | "number" | "layers";
  /** What stands for the value in help texts: `px`, `name`, `number`. */
  readonly value: string;
  /** The values that are taken, in words: `a whole number from 1 to 12`. */
  readonly expected: string;
  /** Names that can be chosen, where there is a closed list. */
  readonly choices?: readonly string[];
  /** The default, or what it depends on. */
  readonly default: string;
}

type Described<S extends v.GenericSchema> = Pick<OptionMeaning, "kind" | "expected" | "choices"> & {
  readonly schema: S;
};

const names = <const Names extends readonly string[]>(choices: Names) => ({
  kind: "name" as const,
  schema: v.picklist(choices),
  expected: `one of ${choices.join(", ")}`,
  choices,
});

const number = (min: number, max: number) => ({
  kind: "number" as const,
  schema: v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max)),
  expected: `a number from ${min} to ${max < 1e6 ? max : max.toExponential().replace("+", "")}`,
});

const wholeNumber = (min: number, max: number) => ({
  kind: "number" as const,
  schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
  expected: `a whole number from ${min} to ${max}`,
});

const layerWeights = {
  kind: "layers" as const,
  schema: v.pipe(
    v.record(v.string(), v.pipe(v.number(), v.finite(), v.minValue(0))),
    v.check((layers) => Object.values(layers).some((weight) => weight > 0)),
  ),
  expected: "layers with weights from 0, at least one above 0, as in relu3_1:2,relu4_1",
};

/** An option without which the method decides; `otherwise` says how. */
function open<S extends v.GenericSchema>(
  { schema, ...described }: Described<S>,
  meaning: string,
  value: string,
  otherwise: string,
) {
  const facts: OptionMeaning = { meaning, value, default: otherwise, ...described };
  return v.optional(v.pipe(schema, v.metadata({ ...facts })));
}

/** An option with a default of its own. */
function closed<S extends v.GenericSchema, const D extends v.InferInput<S>>(
  { schema, ...described }: Described<S>,
  meaning: string,
  value: string,
  fallback: D,
) {
  const facts: OptionMeaning = { meaning, value, default: String(fallback), ...described };
  return v.optional(v.pipe(schema, v.metadata({ ...facts })), fallback);
}

/**
 * Every option of a picture: schema, meaning, unit, range and default, once. The command's flags,
 * the library's types and the table in the documentation are derived from it.
 */
const recipeSchema = v.strictObject({
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
  encoder: closed(names(["vgg19"]), "network that compares pictures", "name", "vgg19"),
  size: open(wholeNumber(16, 16384), "longer side of the result", "px", "by quality"),
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
  contentLayers: open(
    layerWeights,
    "layers at which the photo is compared",
    "name[:weight],…",
    "relu4_2",
  ),
  styleLayers: open(
    layerWeights,
    "layers at which the painting is compared",
    "name[:weight],…",
    "relu1_1 … relu5_1",
  ),
  styleLoss: open(
    names(["gram", "relative", "moments", "wasserstein"]),
    "how statistics are compared: Gram matrices; the same, or mean and covariance, relative to the painting's; Gaussians",
    "name",
    "gatys gram, deepstyle moments",
  ),
  styleScale: closed(
    number(0.05, 8),
    "longer side of the painting relative to the result's; larger makes broader strokes",
    "factor",
    1,
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
export type Recipe = v.InferOutput<typeof recipeSchema>;

/** Options of a picture as callers give them; what is left out is chosen. */
export type RecipeOptions = v.InferInput<typeof recipeSchema>;

/** Names of all options. */
export const recipeOptionNames = Object.keys(recipeSchema.entries) as readonly (keyof Recipe)[];

/** Meaning, range and default of one option. */
export function describeOption(name: keyof Recipe): OptionMeaning {
  return v.getMetadata(recipeSchema.entries[name].wrapped);
}

/**
 * Checks options and fills in defaults.
 *
 * @param nameOf - what an option is called in messages; its own name if left out
 * @throws {OptionError} about the first option that is unknown or out of its range, with what was
 *   expected; a misspelt name gets the nearest known one
 */
export function parseRecipe(
  options: unknown,
  nameOf: (option: string) => string = (option) => option,
): Recipe {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new OptionError(`a recipe must be an object of options; got ${shown(options)}.`);
  const result = v.safeParse(recipeSchema, options, { abortEarly: true });
  if (result.success) return result.output;
  const [{ type, path, input }] = result.issues;
  const name = String(path?.[0]?.key);
  if (type === "strict_object") throw unknownName("option", name, recipeOptionNames);
  const { choices, expected } = describeOption(name as keyof Recipe);
  if (choices !== undefined) throw unknownName(nameOf(name), String(input), choices);
  throw new OptionError(`${nameOf(name)} must be ${expected}; got ${shown(input)}.`);
}

/** A value as a person would write it; JSON has no words for NaN and infinity. */
function shown(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined; // undefined has no JSON
  return typeof value === "number" || json === undefined ? String(value) : json;
}
