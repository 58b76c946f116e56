import * as v from "valibot";
import { OptionError } from "../errors.ts";
import { unknownName } from "./suggestion.ts";

/** What an option means, for help texts, tables and forms. */
export interface OptionMeaning {
  /** What it does, with its unit. */
  readonly meaning: string;
  /** What kind of value it takes: one name of a list, a number, layers with weights, a switch. */
  readonly kind: "name" | "number" | "layers" | "switch";
  /** What stands for the value in help texts: `px`, `name`, `number`. */
  readonly value: string;
  /** The values that are taken, in words: `a whole number from 1 to 12`. */
  readonly expected: string;
  /** Names that can be chosen, where there is a closed list. */
  readonly choices?: readonly string[];
  /** The default, or what it depends on. */
  readonly default: string;
}

/** The kind of value that an option takes, with its schema and its description. */
export type Described<S extends v.GenericSchema> = Pick<
  OptionMeaning,
  "kind" | "expected" | "choices"
> & { readonly schema: S };

/** One name of a closed list. */
export const names = <const Names extends readonly string[]>(choices: Names) => ({
  kind: "name" as const,
  schema: v.picklist(choices),
  expected: `one of ${choices.join(", ")}`,
  choices,
});

/** A number of a range, its ends included. */
export const number = (min: number, max: number) => ({
  kind: "number" as const,
  schema: v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max)),
  expected: `a number from ${min} to ${max < 1e6 ? max : max.toExponential().replace("+", "")}`,
});

/** A whole number of a range, its ends included. */
export const wholeNumber = (min: number, max: number) => ({
  kind: "number" as const,
  schema: v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max)),
  expected: `a whole number from ${min} to ${max}`,
});

/** Yes or no. */
export const onOrOff = {
  kind: "switch" as const,
  schema: v.boolean(),
  expected: "true or false",
};

/** Names that valibot takes out of records without a word; no layer is called so. */
const dropped: readonly string[] = ["__proto__", "constructor", "prototype"];

const namedRecord = v.custom<Record<string, number>>(
  (given) =>
    typeof given === "object" &&
    given !== null &&
    !dropped.some((name) => Object.hasOwn(given, name)),
);

/** Longest side in pixels that a picture can be asked for with. */
export const largestSize = 16_384;

/** Layers of an encoder, each with a weight. */
export const layerWeights = {
  kind: "layers" as const,
  schema: v.pipe(
    namedRecord,
    v.record(v.string(), v.pipe(v.number(), v.finite(), v.minValue(0))),
    v.check((layers) => Object.values(layers).some((weight) => weight > 0)),
  ),
  expected: "layers with weights from 0, at least one above 0, as in relu3_1:2,relu4_1",
};

/** Layers of an encoder, or single channels of them as `layer:channel`, each with a weight. */
export const layersOrChannels = {
  kind: "layers" as const,
  schema: v.pipe(
    namedRecord,
    v.record(
      v.pipe(v.string(), v.regex(/^[^:]+(:\d+)?$/)),
      v.pipe(v.number(), v.finite(), v.gtValue(0)),
    ),
  ),
  expected:
    "layers with weights above 0, and a channel where one is meant, as in relu4_2,relu5_1:61:0.5",
};

/** An option without which something else decides; `otherwise` says how. */
export function open<S extends v.GenericSchema>(
  { schema, ...described }: Described<S>,
  meaning: string,
  value: string,
  otherwise: string,
) {
  const facts: OptionMeaning = { meaning, value, default: otherwise, ...described };
  return v.optional(v.pipe(schema, v.metadata({ ...facts })));
}

/** An option with a default of its own. */
export function closed<S extends v.GenericSchema, const D extends v.InferInput<S>>(
  { schema, ...described }: Described<S>,
  meaning: string,
  value: string,
  fallback: D,
) {
  const shown = typeof fallback === "object" ? layersText(fallback as object) : String(fallback);
  const facts: OptionMeaning = { meaning, value, default: shown, ...described };
  return v.optional(v.pipe(schema, v.metadata({ ...facts })), fallback);
}

function layersText(layers: object): string {
  const texts = Object.entries(layers).map(([layer, weight]) =>
    weight === 1 ? layer : `${layer}:${String(weight)}`,
  );
  return texts.length === 0 ? "none" : texts.join(",");
}

/** What a set of options holds, defaults filled in. */
export type OptionValues<Options> = Options extends OptionSet<infer Values> ? Values : never;

/** Options as callers give them: what is left out has its default. */
export type GivenOptions<Values> = { readonly [Name in keyof Values]?: Values[Name] | undefined };

/** A set of options: names, meanings, and how values are checked. */
export interface OptionSet<Values> {
  /** Names of all options. */
  readonly names: readonly (keyof Values & string)[];
  /** Meaning, range and default of one option. */
  describe(name: keyof Values & string): OptionMeaning;
  /**
   * Checks options and fills in defaults.
   *
   * @param nameOf - what an option is called in messages; its own name if left out
   * @throws {OptionError} about the first option that is unknown or out of its range, with what was
   *   expected; a misspelt name gets the nearest known one
   */
  parse(options: unknown, nameOf?: (option: string) => string): Values;
}

/**
 * A set of options from a schema whose entries were made by {@link open} and {@link closed}.
 *
 * @param what - what the options are of, with its article, for messages: `a recipe`
 */
export function defineOptions<const Entries extends v.ObjectEntries>(
  what: string,
  entries: Entries,
): OptionSet<v.InferOutput<v.StrictObjectSchema<Entries, undefined>>> {
  type Values = v.InferOutput<v.StrictObjectSchema<Entries, undefined>>;
  const schema = v.strictObject(entries);
  const known = Object.keys(entries) as (keyof Values & string)[];
  const describe = (name: string): OptionMeaning => {
    const { wrapped } = entries[name] as unknown as { wrapped: v.GenericSchema };
    return v.getMetadata(wrapped) as unknown as OptionMeaning;
  };
  return {
    names: known,
    describe,
    parse(options, nameOf = (option) => option) {
      if (typeof options !== "object" || options === null || Array.isArray(options))
        throw new OptionError(`${what} must be an object of options; got ${shown(options)}.`);
      const result = v.safeParse(schema, options, { abortEarly: true });
      if (result.success) return result.output;
      const [{ type, path, input }] = result.issues;
      const name = String(path?.[0]?.key);
      if (type === "strict_object") throw unknownName("option", name, known);
      const { choices, expected } = describe(name);
      if (choices !== undefined)
        throw unknownName(nameOf(name), typeof input === "string" ? input : shown(input), choices);
      throw new OptionError(`${nameOf(name)} must be ${expected}; got ${shown(input)}.`);
    },
  };
}

/** A value as a person would write it; JSON has no words for NaN and infinity. */
function shown(value: unknown): string {
  const json = JSON.stringify(value) as string | undefined; // undefined has no JSON
  return typeof value === "number" || json === undefined ? String(value) : json;
}
