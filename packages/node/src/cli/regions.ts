// What --region names: parts of the photo, each with a painting or with a style of the network.

import { OptionError } from "@deepstyle/core";
import type { NetworkKind } from "../networks/networkStore.ts";
import type { NetworkRegion, PaintedRegion } from "../jobs/regions.ts";
import { chooseStyles, type GivenStyle, type StyleChoice } from "./styles.ts";

/** A value of `--region`. */
export interface GivenRegion {
  readonly mask: string;
  readonly style: string;
  readonly styleMask?: string;
}

/** Styles, and those of regions, all of one kind. */
export type RegionChoice =
  | {
      readonly kind: "paintings";
      readonly regions: readonly (PaintedRegion & Readonly<Record<"mask" | "picture", string>>)[];
    }
  | { readonly kind: "network"; readonly regions: readonly NetworkRegion[] };

/**
 * A region with its style: `sky.png:waves.jpg`, `sky.png:waves.jpg:foam.png`, `sky.png:great-wave`.
 *
 * @throws {OptionError} if it has not two or three parts
 */
export function parseRegion(text: string): GivenRegion {
  const [mask, style, styleMask, ...others] = text.split(":");
  const parts = [mask, style, styleMask ?? "none"];
  if (others.length > 0 || parts.some((part) => part === undefined || part.trim() === ""))
    throw new OptionError(
      `--region must be MASK:STYLE or MASK:STYLE:STYLE-MASK, as in sky.png:waves.jpg; got "${text}". Paths in it cannot have a colon: give them relative to the folder you are in.`,
    );
  return { mask: mask!, style: style!, ...(styleMask !== undefined && { styleMask }) };
}

/**
 * Tells regions that are optimised from regions that a network paints.
 *
 * @param styles - those of `--style`
 * @throws {OptionError} if styles and regions are of different kinds or networks
 */
export function chooseRegions(
  given: readonly GivenRegion[],
  styles: readonly GivenStyle[],
  network: NetworkKind | undefined,
): RegionChoice {
  const choose = (names: readonly string[]): StyleChoice =>
    chooseStyles([...styles, ...names.map((picture) => ({ picture, weight: 1 }))], network);
  // All together, so that what does not go together is refused.
  const { kind } = choose(given.map(({ style }) => style));
  if (kind === "paintings") {
    const regions = given.map(({ style, ...masks }) => ({ ...masks, picture: style }));
    return { kind, regions };
  }
  const regions = given.map(({ mask, style, styleMask }) => {
    if (styleMask !== undefined)
      throw new OptionError(
        `--region ${mask}:${style}:${styleMask}: a network looks at no painting, so that there is nothing for a style mask. Leave ${styleMask} out.`,
      );
    const name = /\.onnx$/i.test(style) ? undefined : style.replace(/^.+\.onnx#/i, "");
    if (name === undefined)
      throw new OptionError(
        `--region ${mask}:${style} must name a style of the network, as in ${mask}:${style}#NAME.`,
      );
    return { mask, style: name };
  });
  return { kind, regions };
}
