// What --style names: paintings, whose files are optimised, or styles of a network.

import { statSync } from "node:fs";
import { basename, parse } from "node:path";
import { OptionError } from "@deepstyle/core";
import type { NetworkKind } from "../networks/networkStore.ts";
import type { StyleByName } from "../jobs/stylizeWithNetwork.ts";
import type { WeightedStyle } from "../jobs/stylize.ts";

/** A value of `--style`, its share taken off. */
export type GivenStyle = Required<WeightedStyle> & { readonly picture: string };

/** What is to be painted with. */
export type StyleChoice =
  | {
      readonly kind: "paintings";
      readonly paintings: readonly GivenStyle[];
      /** What pictures are named after. */
      readonly label: string;
    }
  | {
      readonly kind: "network";
      /** One of those that ship, or a file. */
      readonly network: NetworkKind | (string & {});
      readonly styles: readonly StyleByName[];
      /** See above. */
      readonly label: string;
    };

/**
 * Tells paintings from styles of networks: `FILE.onnx` and `FILE.onnx#name` are networks, a bare word
 * that is no file is a style's name, all else is a painting.
 *
 * @param given - at least one
 * @param network - whose styles names are
 * @throws {OptionError} if paintings and styles of a network, or styles of different networks, are
 *   mixed, or a network is asked for where there are paintings
 */
export function chooseStyles(
  given: readonly GivenStyle[],
  network: NetworkKind | undefined,
): StyleChoice {
  const styles = given.map(({ picture, weight }) => ({ ...placeOf(picture), picture, weight }));
  const { picture } = given[0]!;
  const byNetwork = styles.filter((style) => style.kind !== "painting");
  if (byNetwork.length === 0) {
    if (network !== undefined)
      throw new OptionError(
        `--network ${network} paints the styles that deepstyle styles lists; got ${picture}, a painting, which is optimised. Leave out --network, or name a style.`,
      );
    return { kind: "paintings", paintings: given, label: parse(picture).name };
  }
  const painting = styles.find(({ kind }) => kind === "painting");
  if (painting !== undefined)
    throw new OptionError(
      `"${byNetwork[0]!.picture}" is painted by a network, ${painting.picture} is a painting that is optimised: expected all of one kind. Make two pictures.`,
    );
  const files = new Set(byNetwork.map(({ file }) => file));
  if (files.size > 1)
    throw new OptionError(
      `styles of different networks cannot be blended: got ${byNetwork.map((style) => style.picture).join(" and ")}. Train one network on all of them.`,
    );
  const [file] = files;
  if (file !== undefined && network !== undefined)
    throw new OptionError(
      `--network ${network} is for styles by name; got ${file}, a network itself. Leave out --network.`,
    );
  const named = byNetwork.flatMap(({ name, weight }) =>
    name === undefined ? [] : [{ name, weight }],
  );
  const label = named[0]?.name ?? parse(file!).name;
  return { kind: "network", network: file ?? network ?? "still", styles: named, label };
}

interface StylePlace {
  readonly kind: "painting" | "network" | "name";
  readonly file?: string;
  readonly name?: string;
}

function placeOf(text: string): StylePlace {
  const [, file, name] = /^(.+\.onnx)(?:#(.+))?$/i.exec(text) ?? [];
  if (file !== undefined) return { kind: "network", file, ...(name !== undefined && { name }) };
  const looksLikeFile = /[\\/]|\.\w+$/.test(text);
  return looksLikeFile || isFile(text) ? { kind: "painting" } : { kind: "name", name: text };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function sharesOf(choice: StyleChoice): { readonly name: string; readonly weight: number }[] {
  return choice.kind === "network"
    ? choice.styles.map(({ name, weight = 1 }) => ({ name, weight }))
    : choice.paintings.map(({ picture, weight = 1 }) => ({ name: basename(picture), weight }));
}

/** Styles and their shares for people to read: `waves.jpg 0.7, glass.jpg 0.3`. */
export function mixtureText(choice: StyleChoice): string {
  return sharesOf(choice)
    .map(({ name, weight }) => `${name} ${String(Number(weight.toFixed(3)))}`)
    .join(", ");
}

/**
 * The mixtures on the way from one style to another, both ends included.
 *
 * @param choice - two styles without shares
 * @param count - mixtures, from 2
 * @throws {OptionError} if there are not two styles, or shares were given
 */
export function between(choice: StyleChoice, count: number): StyleChoice[] {
  const shares = sharesOf(choice);
  if (shares.length !== 2)
    throw new OptionError(
      `--interpolate goes from one style to another: expected --style twice; got ${shares.length}.`,
    );
  if (shares.some(({ weight }) => weight !== 1))
    throw new OptionError(
      "--interpolate makes the shares of both styles itself. Leave out their weights.",
    );
  return Array.from({ length: count }, (_, i) => {
    const to = i / (count - 1);
    const weighted = <Style extends object>(styles: readonly Style[]) =>
      styles
        .map((style, k) => ({ ...style, weight: k === 0 ? 1 - to : to }))
        .filter(({ weight }) => weight > 0);
    return choice.kind === "network"
      ? { ...choice, styles: weighted(choice.styles) }
      : { ...choice, paintings: weighted(choice.paintings) };
  });
}
