import {
  luminanceOnly,
  greyOf,
  putBackChroma,
  transferLuminance,
  withChroma,
} from "./luminance.ts";
import { colourMatchings, matchColours, type ColourMatching } from "./match.ts";
import { OptionError } from "../errors.ts";
import type { Raster } from "../image/raster.ts";
import { closed, defineOptions, names, number, open } from "../options/option.ts";

/** Ways to keep the photo's colours, and not to; see {@link colouringOf} and {@link recoloured}. */
export const colourPreservations = ["none", "luminance", "match", "chroma"] as const;

/** One of {@link colourPreservations}. */
export type ColourPreservation = (typeof colourPreservations)[number];

/** Options about colours, of a picture that is optimised and of one that a network paints. */
export const colourOptions = {
  preserveColor: open(
    names(colourPreservations),
    "how the photo's colours are kept: only luminance takes the style, the painting's colours are matched to the photo's before, the photo's chroma is put back afterwards",
    "name",
    "none, with a palette match",
  ),
  colorMatching: closed(
    names(colourMatchings),
    "how colours are matched: by optimal transport, symmetric roots, or Cholesky's triangular ones",
    "name",
    "sym",
  ),
  palette: open(
    number(0, 1),
    "how much of the photo's colours there is to be: 0 the painting's alone, 1 the photo's alone",
    "share",
    "1 with preserve-color, otherwise 0",
  ),
};

/** The same as a set of their own, for what is not painted by a recipe. */
export const paintColours = defineOptions("colours", colourOptions);

/** Options about colours as they are given. */
export interface ColourChoice {
  readonly preserveColor?: ColourPreservation | undefined;
  readonly colorMatching?: ColourMatching | undefined;
  readonly palette?: number | undefined;
}

/** Options about colours, none left open. */
export type SettledColours = {
  readonly [Option in keyof ColourChoice]-?: NonNullable<ColourChoice[Option]>;
};

/**
 * Fills in what is left open about colours: a way to keep them keeps them all, a palette alone matches
 * them.
 *
 * @throws {OptionError} if a palette is asked for and no colours are to be kept
 */
export function settleColours({
  palette,
  preserveColor = palette === undefined || palette === 0 ? "none" : "match",
  colorMatching = "sym",
}: ColourChoice): SettledColours {
  const settled = palette ?? (preserveColor === "none" ? 0 : 1);
  if (preserveColor === "none" && settled > 0)
    throw new OptionError(
      `a palette of ${settled} keeps the photo's colours, and none are to be preserved. Choose luminance, match or chroma, or a palette of 0.`,
    );
  return { preserveColor, colorMatching, palette: settled };
}

/** What is done about colours around an optimisation. */
export interface Colouring {
  /** The photo, or a picture that stands for it, as it is to be seen. */
  photo(picture: Raster): Raster;
  /** A painting as it is to be seen. */
  painting(picture: Raster): Raster;
  /** A picture that came out as it is to be shown. */
  finish(picture: Raster): Raster;
}

const asItIs = (picture: Raster): Raster => picture;

/**
 * How an optimisation keeps the colours of a photo.
 *
 * - `luminance`: photo and paintings are seen in grey, the paintings with the luminance of the photo; the
 *   picture gets the photo's chroma (Gatys et al. 2016, section 4).
 * - `match`: paintings are seen in the colours of the photo (section 3 there).
 * - `chroma`: only the picture that came out is changed, its own chroma for the photo's, smoothed along
 *   its strokes.
 */
export function colouringOf(
  { preserveColor, colorMatching: matching, palette: share }: SettledColours,
  photo: Raster,
): Colouring {
  const unchanged: Colouring = { photo: asItIs, painting: asItIs, finish: asItIs };
  // Not a bit may change where nothing is asked for.
  if (share === 0) return unchanged;
  switch (preserveColor) {
    case "none":
      return unchanged;
    case "luminance":
      return {
        photo: (picture) => greyOf(picture, { share }),
        painting: (picture) => transferLuminance(picture, photo, { share }),
        finish: (picture) => withChroma(picture, photo, { share }),
      };
    case "match":
      return {
        ...unchanged,
        painting: (picture) => matchColours(picture, photo, { matching, share }),
      };
    case "chroma":
      return { ...unchanged, finish: (picture) => putBackChroma(picture, photo, { share }) };
  }
}

/**
 * A picture that a network has painted, with the photo's colours. A network has learnt the colours of
 * its painting, so that all there is to do is done afterwards: `luminance` keeps the picture's luminance
 * and takes the photo's chroma, `chroma` smooths that along the strokes, `match` gives the picture mean
 * and covariance of the photo's colours.
 */
export function recoloured(
  picture: Raster,
  photo: Raster,
  { preserveColor, colorMatching: matching, palette: share }: SettledColours,
): Raster {
  if (share === 0) return picture;
  switch (preserveColor) {
    case "none":
      return picture;
    case "luminance":
      return luminanceOnly(picture, photo, { share });
    case "match":
      return matchColours(picture, photo, { matching, share });
    case "chroma":
      return putBackChroma(picture, photo, { share });
  }
}
