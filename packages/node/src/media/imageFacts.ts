// What a file says of itself that sharp does not tell.

import type { ColourCodes } from "./colourCodes.ts";

/** A sound file that is not taken. */
export interface Uncommon {
  /** After "NAME is": "a camera raw file (DNG)", "a TIFF file compressed by LZMA". */
  readonly what: string;
  /** How to make a picture of it that is taken, as a sentence. */
  readonly remedy: string;
}

/** What a file says of itself that sharp does not tell; all that is left out is as usual. */
export interface ImageFacts {
  /** Why it is not taken, though it is sound. */
  readonly uncommon?: Uncommon | undefined;
  /** Bytes that a whole file of so many pixels has at least, where that can be told. */
  readonly leastBytes?: number | undefined;
  /** Pictures in the file, one after the other: sharp's own count if left out. */
  readonly frames?: number | undefined;
  /** What its numbers mean, where it says so by codes. */
  readonly colours?: ColourCodes | undefined;
  /** Channels as the decoder counts them, of which the fourth and later ones are not alpha, or one of them is. */
  readonly alpha?: number | "none" | undefined;
}

/** Advice for what one program reads and writes in a common form. */
export const convertByMagick =
  "Convert it first, for instance by ImageMagick: magick OLD -colorspace sRGB -depth 8 NEW.png.";
