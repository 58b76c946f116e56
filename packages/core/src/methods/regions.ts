// A style for each region: terms of the loss that are guided by masks.

import type { Encoder } from "../encoders/encoder.ts";
import { opacityOf, resizeMask, shareOf, type Mask } from "../image/mask.ts";
import type { Raster, Size } from "../image/raster.ts";
import type { Criterion, FeatureTerm } from "./criterion.ts";
import { isSeen } from "./guide.ts";

/** A part of the picture with a style of its own. */
export interface Region<Style> {
  /** Where it is, of the photo's proportions. */
  readonly mask: Mask;
  readonly styles: readonly Style[];
}

/** Where a style is seen in the picture: everywhere, if it has no guide. */
export interface StyleTerm<Style> {
  readonly term: FeatureTerm;
  readonly styles: readonly Style[];
  /** Number of its region, from 1; undefined for what no region covers. */
  readonly region: number | undefined;
}

/** A layer at which a region has too few positions for statistics. */
export interface LeftOut extends Pick<StyleTerm<unknown>, "region"> {
  readonly layer: string;
}

/** What {@link regionTerms} makes terms of. */
export interface RegionTermsOptions<Style> {
  readonly encoder: Encoder;
  /** The photo at the picture's size; what is transparent has no style. */
  readonly photo: Omit<Raster, "data">;
  /** Styles of what no region covers. */
  readonly styles: readonly Style[];
  readonly regions: readonly Region<Style>[];
}

/** What begins the name of every style term. */
const styleName = "style";

/** Complementary masks of 8 bits do not quite sum to 1. */
const covered = 1 - 1 / 128;

/**
 * The style term of a criterion as one for each region, and one for the rest. Each counts by its share of
 * the area: as its loss does not depend on area, the pull on a pixel would else be the stronger the
 * smaller the region, while that of the photo is the same everywhere.
 *
 * @returns a criterion with these terms in place of the style term, the terms with their styles, and the
 *   layers that were left out, as a region has too few positions there for statistics
 */
export function regionTerms<Style>(
  criterion: Criterion,
  { encoder, photo, styles, regions }: RegionTermsOptions<Style>,
): {
  criterion: Criterion;
  styleTerms: readonly StyleTerm<Style>[];
  leftOut: readonly LeftOut[];
} {
  const usual = criterion.features.find(({ name }) => name === styleName);
  const opacity = opacityOf(photo)?.data;
  if (usual === undefined) return { criterion, styleTerms: [], leftOut: [] };
  if (regions.length === 0 && opacity === undefined)
    return { criterion, styleTerms: [{ term: usual, styles, region: undefined }], leftOut: [] };
  const { masks, rest } = divided(
    regions.map(({ mask }) => mask),
    photo,
    opacity,
  );
  const parts = [
    ...masks.map((guide, i) => ({ guide, region: i + 1, styles: regions[i]!.styles })),
    { guide: rest, region: undefined, styles },
  ];
  const whole = parts.reduce((sum, { guide }) => sum + shareOf(guide), 0);
  const leftOut: LeftOut[] = [];
  const styleTerms: StyleTerm<Style>[] = [];
  for (const { guide, region, styles } of parts) {
    const share = shareOf(guide) / whole;
    if (!(share > 0)) continue;
    const entries = Object.entries(usual.layers);
    const kept = entries.filter(([layer]) => isSeen(guide, encoder.stride(layer)));
    for (const [layer] of entries.filter((entry) => !kept.includes(entry)))
      leftOut.push({ region, layer });
    if (kept.length === 0) continue;
    const layers = Object.fromEntries(kept.map(([layer, weight]) => [layer, share * weight]));
    const name = region === undefined ? styleName : `${styleName} of region ${region}`;
    styleTerms.push({ term: { ...usual, name, layers, guide }, styles, region });
  }
  const features = criterion.features.flatMap((term) =>
    term === usual ? styleTerms.map((styleTerm) => styleTerm.term) : [term],
  );
  return { criterion: { ...criterion, features }, styleTerms, leftOut };
}

/** The sum of style losses among losses by name: over regions, where there are any. */
export function styleLossAmong(terms: Readonly<Record<string, number>>): number {
  return Object.entries(terms)
    .filter(([name]) => name === styleName || name.startsWith(`${styleName} of `))
    .reduce((sum, [, loss]) => sum + loss, 0);
}

/**
 * Masks at a size, and what they leave of a picture. Where they overlap to more than 1, they share it in
 * their proportions.
 *
 * @param alpha - opacity of the picture, which all are multiplied with
 */
export function divided(
  masks: readonly Mask[],
  { width, height }: Size,
  alpha?: Float32Array,
): { readonly masks: readonly Mask[]; readonly rest: Mask } {
  const fitted = masks.map((mask) => resizeMask(mask, { width, height }));
  const sums = Float32Array.from({ length: width * height }, (_, i) =>
    fitted.reduce((sum, { data }) => sum + data[i]!, 0),
  );
  const opacity = (i: number): number => alpha?.[i] ?? 1;
  const rest = sums.map((sum, i) => (sum >= covered ? 0 : (1 - sum) * opacity(i)));
  return {
    masks: fitted.map(({ data }) => ({
      ...{ width, height },
      data: data.map((weight, i) => (weight / Math.max(1, sums[i]!)) * opacity(i)),
    })),
    rest: { width, height, data: rest },
  };
}
