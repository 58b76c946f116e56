// A style for each region: terms of the loss that are guided by masks.

import type { Encoder } from "../encoders/encoder.ts";
import { opacityOf, positionsOf, resizeMask, shareOf, type Mask } from "../image/mask.ts";
import type { Raster } from "../image/raster.ts";
import type { Criterion, FeatureTerm } from "./criterion.ts";
import type { Size } from "./objective.ts";

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
}

/** What {@link regionTerms} makes terms of. */
export interface RegionTermsOptions<Style> {
  readonly encoder: Encoder;
  /** The photo at the picture's size; what is transparent has no style. */
  readonly photo: Raster;
  /** Styles of what no region covers. */
  readonly styles: readonly Style[];
  readonly regions: readonly Region<Style>[];
}

/** What begins the name of every style term. */
const styleName = "style";

/** Below two positions there is no spread. */
const fewestPositions = 2;

/** Complementary masks of 8 bits do not quite sum to 1. */
const covered = 1 - 1 / 128;

/**
 * The style term of a criterion as one for each region, and one for the rest. Each counts by its share of
 * the area: as its loss does not depend on area, the pull on a pixel would else be the stronger the
 * smaller the region, while that of the photo is the same everywhere.
 *
 * @returns a criterion with these terms in place of the style term, the terms with their styles, and what
 *   is to be said: layers at which a region has too few positions for statistics are left out
 */
export function regionTerms<Style>(
  criterion: Criterion,
  { encoder, photo, styles, regions }: RegionTermsOptions<Style>,
): { criterion: Criterion; styleTerms: readonly StyleTerm<Style>[]; warnings: readonly string[] } {
  const usual = criterion.features.find(({ name }) => name === styleName);
  const opacity = opacityOf(photo)?.data;
  if (usual === undefined) return { criterion, styleTerms: [], warnings: [] };
  if (regions.length === 0 && opacity === undefined)
    return { criterion, styleTerms: [{ term: usual, styles }], warnings: [] };
  const { masks, rest } = divided(
    regions.map(({ mask }) => mask),
    photo,
    opacity,
  );
  const parts = [
    ...masks.map((guide, i) => ({ guide, number: i + 1, styles: regions[i]!.styles })),
    { guide: rest, number: undefined, styles },
  ];
  const whole = parts.reduce((sum, { guide }) => sum + shareOf(guide), 0);
  const warnings: string[] = [];
  const styleTerms: StyleTerm<Style>[] = [];
  for (const { guide, number, styles } of parts) {
    const share = shareOf(guide) / whole;
    if (!(share > 0)) continue;
    const entries = Object.entries(usual.layers);
    const kept = entries.filter(([layer]) => isSeen(guide, encoder.stride(layer)));
    if (kept.length < entries.length) {
      const left = entries.filter((entry) => !kept.includes(entry)).map(([layer]) => layer);
      warnings.push(
        `at ${photo.width}×${photo.height} px ${number === undefined ? "what no region covers" : `region ${number}`} is too small for ${left.join(", ")}: its style is not compared there.`,
      );
    }
    if (kept.length === 0) continue;
    const layers = Object.fromEntries(kept.map(([layer, weight]) => [layer, share * weight]));
    const name = number === undefined ? styleName : `${styleName} of region ${number}`;
    styleTerms.push({ term: { ...usual, name, layers, guide }, styles });
  }
  const features = criterion.features.flatMap((term) =>
    term === usual ? styleTerms.map((styleTerm) => styleTerm.term) : [term],
  );
  return { criterion: { ...criterion, features }, styleTerms, warnings };
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

function isSeen(guide: Mask, stride: number): boolean {
  const positions = (pixels: number): number => Math.max(1, Math.floor(pixels / stride));
  const size = { width: positions(guide.width), height: positions(guide.height) };
  return positionsOf(resizeMask(guide, size)) >= fewestPositions;
}
