// Options that several commands share, and how their values are read.

import { existsSync } from "node:fs";
import {
  largestGrain,
  networkKinds,
  OptionError,
  paintColours,
  recipeOptions,
  unknownName,
  usualGrain,
  type GivenOptions,
  type OptionSet,
  type RecipeOptions,
} from "@deepstyle/core";
import type { Device } from "@deepstyle/engine";
import { Option, type Command } from "commander";
import type { BitDepth } from "../media/imageFile.ts";
import { deviceNames, expectMachine } from "../runtime/withRuntime.ts";
import type { GivenStyle } from "./styles.ts";

/** Values of the options that say where to compute and where models are. */
export interface MachineFlags {
  readonly models?: string;
  readonly device?: Device | "auto";
  readonly threads?: number;
}

/** Adds `--models`, `--device` and `--threads`. */
export function addMachineOptions(command: Command): Command {
  return command
    .option(
      "--models <dir>",
      "folder to look for models first (default: the usual ones, see doctor)",
    )
    .option(
      "--device <name>",
      `where to compute; one of ${deviceNames.join(", ")} (default: auto)`,
      parseDevice,
    )
    .option(
      "--threads <number>",
      "threads on the CPU; a whole number from 1 to 1024 (default: all)",
      (text) => {
        const threads = numberOr(text);
        if (typeof threads === "string") throw wrongNumber("--threads", "a whole number", text);
        expectMachine({ threads });
        return threads;
      },
    );
}

/** Adds `--json` and `--debug`. */
export function addOutputOptions(command: Command, json: string): Command {
  return command.option("--json", json).option("--debug", "show stack and causes of an error");
}

/** Other names that options of the recipe go by. */
const aliases: Readonly<Record<string, string>> = { contentWeight: "alpha", styleWeight: "beta" };

/** Options of the recipe whose flags take files as well. */
const withFiles: Readonly<Record<string, (command: Command) => Command>> = {
  init: addInitOption,
  pixelLoss: addPixelLossOption,
};

/** Options of the recipe that can be given in per cent: 150% is 1.5. */
const inPerCent: readonly string[] = ["styleScale"];

/** Adds one flag for each option of the recipe. */
export function addRecipeOptions(command: Command): Command {
  for (const name of recipeOptions.names) {
    if (name in withFiles) withFiles[name]!(command);
    else command.addOption(optionOf(recipeOptions, name));
  }
  return command;
}

/** Adds one flag for each option of a set. */
export function addOptionsOf<Values>(options: OptionSet<Values>, command: Command): Command {
  for (const name of options.names) command.addOption(optionOf(options, name));
  return command;
}

function optionOf<Values>(options: OptionSet<Values>, name: keyof Values & string): Option {
  const { kind, value, meaning, expected, default: fallback } = options.describe(name);
  const alias = aliases[name];
  const flags = `${alias === undefined ? "" : `--${alias}, `}${flagOf(name)} <${value}>`;
  return new Option(flags, `${meaning}; ${expected} (default: ${fallback})`).argParser((text) => {
    if (inPerCent.includes(name) && text.endsWith("%")) return perCentOf(options, name, text);
    const parsed = {
      name: () => text,
      number: () => numberOr(text),
      layers: () => layersOf(text),
      switch: () => ({ true: true, false: false })[text] ?? text,
    };
    const given = parsed[kind]();
    options.parse({ [name]: given }, flagOf);
    return given;
  });
}

/** What `150%` means, 1.5; a message shows the text as it was given. */
function perCentOf<Values>(
  options: OptionSet<Values>,
  name: keyof Values & string,
  text: string,
): number {
  // As a decimal exponent: a division would round 33.3% to another number than 0.333.
  const ratio = Number(text.replace(/%$/, "e-2"));
  try {
    options.parse({ [name]: ratio });
    return ratio;
  } catch {
    throw wrongNumber(flagOf(name), options.describe(name).expected, text);
  }
}

/** The options of a set among the flags of a command. */
export function optionsAmong<Values>(
  options: OptionSet<Values>,
  flags: Readonly<Record<string, unknown>>,
): GivenOptions<Values> {
  const given = options.names
    .filter((name) => flags[name] !== undefined)
    .map((name) => [name, flags[name]] as const);
  return Object.fromEntries(given) as GivenOptions<Values>;
}

/**
 * Refuses options of the recipe that mean nothing to a network.
 *
 * @param others - names of further options that were given
 * @throws {OptionError} about the first of them
 */
export function expectNetworkOptions(
  flags: Readonly<Record<string, unknown>>,
  others: readonly string[] = [],
): void {
  const meant = ["size", "strength", ...paintColours.names];
  const given = recipeOptions.names.filter(
    (name) => flags[name] !== undefined && !meant.includes(name),
  );
  const [wrong] = [...given, ...others.filter((name) => flags[name] !== undefined)];
  if (wrong === undefined) return;
  throw new OptionError(
    `${flagOf(wrong)} steers the optimisation of a picture, and styles by name are painted by a network. Leave it out, or give the image file of a painting.`,
  );
}

/** A flag that takes a whole number and belongs to no set. */
export function wholeNumberOption(
  flags: string,
  meaning: string,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: string },
): Option {
  const expected = `a whole number from ${min} to ${max}`;
  return new Option(flags, `${meaning}; ${expected} (default: ${fallback})`).argParser((text) => {
    const given = numberOr(text);
    if (typeof given === "number" && Number.isInteger(given) && given >= min && given <= max)
      return given;
    throw wrongNumber(flags.split(" ", 1)[0]!, expected, text);
  });
}

/**
 * `--checkpoint-seconds`.
 *
 * @param fallback - seconds where it is left out
 */
export function checkpointSecondsOption(fallback: number): Option {
  const meaning = "seconds between two checkpoints at least; 0 for one after every step";
  return wholeNumberOption("--checkpoint-seconds <s>", meaning, {
    ...{ min: 0, max: 86_400, fallback: String(fallback) },
  });
}

/** The flag of an option: `--content-weight`. */
function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Starting points that are not files. */
const starts = recipeOptions.describe("init").choices!.filter((name) => name !== "picture");

function addInitOption(command: Command): Command {
  const { default: fallback } = recipeOptions.describe("init");
  return command.option(
    "--init <name|file>",
    `what to start from; ${starts.join(", ")}, or the file of a picture (default: ${fallback})`,
    (text) => {
      const looksLikeName = !starts.includes(text) && /^\w+$/.test(text);
      if (looksLikeName && !existsSync(text)) throw unknownName("--init", text, starts);
      return text;
    },
  );
}

function addPixelLossOption(command: Command): Command {
  return command.option(
    "--pixel-loss <reference:weight>",
    "a picture of the photo's proportions that the result is to be near, pixel by pixel, and the weight of the mean squared difference, above 0 (default: none)",
    parsePixelLoss,
  );
}

/** What `--pixel-loss` says. */
interface PixelLoss {
  readonly reference: string;
  readonly weight: number;
}

function parsePixelLoss(text: string): PixelLoss {
  const { name: reference, weight } = nameAndWeight(text) ?? { name: text, weight: "" };
  const number = numberOr(weight);
  if (typeof number !== "number" || !(number > 0))
    throw wrongNumber(
      "--pixel-loss",
      "REFERENCE:weight, a number above 0, as in photo.jpg:100",
      text,
    );
  recipeOptions.parse({ pixelLoss: number }, flagOf);
  return { reference, weight: number };
}

/** Options of the recipe, and the files that flags of theirs named. */
export type RecipeWithFiles = RecipeOptions & {
  readonly initial?: string;
  readonly reference?: string;
};

/** The options of the recipe among the flags of a command. */
export function recipeOf(flags: Readonly<Record<string, unknown>>): RecipeWithFiles {
  const given = optionsAmong(recipeOptions, { ...flags, init: undefined, pixelLoss: undefined });
  const init = flags["init"] as string | undefined;
  const start =
    init === undefined || starts.includes(init) ? { init } : { init: "picture", initial: init };
  const pixels = flags["pixelLoss"] as PixelLoss | undefined;
  const near = pixels && { pixelLoss: pixels.weight, reference: pixels.reference };
  return { ...given, ...start, ...near } as RecipeWithFiles;
}

/**
 * A style with its share: `waves.jpg`, `waves.jpg:2`, `great-wave:0.7`.
 *
 * @throws {OptionError} if the share is not a number above 0
 */
export function parseStyle(text: string): GivenStyle {
  const parts = nameAndWeight(text);
  if (parts === undefined) return { picture: text, weight: 1 };
  const { name: picture, weight } = parts;
  const number = numberOr(weight);
  if (typeof number === "number" && number > 0 && Number.isFinite(number))
    return { picture, weight: number };
  throw wrongNumber("the weight in --style STYLE:weight", "a number above 0", weight);
}

/** `waves.jpg:2` in its two parts; undefined where there is no weight, or the whole is a file. */
function nameAndWeight(text: string): { name: string; weight: string } | undefined {
  const parts = /^(.+):([^:/\\]*)$/.exec(text);
  if (parts === null || existsSync(text)) return undefined;
  const [, name, weight] = parts as unknown as [string, string, string];
  return { name, weight };
}

/**
 * Iterations, separated by commas: `100,200,500`.
 *
 * @throws {OptionError} if one of them is not a number
 */
export function parseSnapshots(text: string): number[] {
  return text.split(",").map((part) => {
    const number = numberOr(part);
    if (typeof number === "number" && Number.isInteger(number) && number > 0) return number;
    throw wrongNumber("--snapshots", "whole numbers from 1, as in 100,200,500", part);
  });
}

/** Adds `--network`. */
export function addNetworkOption(command: Command): Command {
  return command.option(
    "--network <name>",
    `network that paints styles by name; one of ${networkKinds.join(", ")} (default: still)`,
    (text) => {
      const kind = networkKinds.find((name) => name === text);
      if (kind === undefined) throw unknownName("--network", text, networkKinds);
      return kind;
    },
  );
}

/** Adds `--grain`. */
export function addGrainOption(command: Command): Command {
  const expected = `a number from 0 to ${largestGrain}`;
  return command.option(
    "--grain <number>",
    `roughness of calm parts of a photo, in which a network finds its strokes, in steps of 1/255; 0 paints the photo as it is; ${expected} (default: ${usualGrain})`,
    (text) => {
      const grain = numberOr(text);
      if (typeof grain === "number" && grain >= 0 && grain <= largestGrain) return grain;
      throw wrongNumber("--grain", expected, text);
    },
  );
}

/** Adds `--bit-depth`. */
export function addBitDepthOption(command: Command): Command {
  return command.option(
    "--bit-depth <bits>",
    "bits per channel of pictures that are written; 8, or 16 as .png or .tif (default: 8)",
    (text): BitDepth => {
      if (text === "8" || text === "16") return Number(text) as BitDepth;
      throw wrongNumber("--bit-depth", "8 or 16", text);
    },
  );
}

/**
 * Adds `--memory`.
 *
 * @param more - what becomes of a picture that needs more
 */
export function addMemoryOption(command: Command, more: string): Command {
  return command.option(
    "--memory <size>",
    `memory that may be used; a picture that needs more is ${more}; a number with M or G, as in 4G (default: what is free)`,
    parseMemory,
  );
}

/**
 * Bytes: `4G`, `1.5GB`, `800M`.
 *
 * @throws {OptionError} if it is no such text
 */
function parseMemory(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)([MG])B?$/i.exec(text);
  const bytes = Number(parts?.[1]) * (parts?.[2]?.toUpperCase() === "M" ? 1e6 : 1e9);
  if (!(bytes > 0)) throw wrongNumber("--memory", "a number with M or G, as in 4G", text);
  return bytes;
}

function parseDevice(text: string): Device | "auto" {
  const device = deviceNames.find((name) => name === text);
  if (device === undefined) throw unknownName("--device", text, deviceNames);
  return device;
}

/** Layers with weights: `relu3_1:2,relu4_1,relu5_1:61:0.5`; 1 where none is given. */
function layersOf(text: string): Record<string, number | string> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const at = part.lastIndexOf(":");
      if (at < 0) return [part.trim(), 1];
      return [part.slice(0, at).trim(), numberOr(part.slice(at + 1))];
    }),
  );
}

/** The number that a text stands for, or the text, so that a message can show it. */
function numberOr(text: string): number | string {
  const number = text.trim() === "" ? NaN : Number(text);
  return Number.isNaN(number) ? text : number;
}

function wrongNumber(what: string, expected: string, got: string): OptionError {
  return new OptionError(`${what} must be ${expected}; got "${got}".`);
}
