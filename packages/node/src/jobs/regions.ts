import type { StyledRegion } from "@deepstyle/core";
import type { ReadImageOptions } from "../media/imageFile.ts";
import { loadPicture, type PictureInput, type Source } from "../media/source.ts";

/** A part of the photo with a painting of its own; image files or pictures in memory. */
export interface PaintedRegion {
  /** White where the region is, of the photo's proportions; grey and transparent parts count in part. */
  readonly mask: PictureInput;
  /** The painting. */
  readonly picture: PictureInput;
  /** White where the painting is looked at, of its proportions; everywhere if left out. */
  readonly styleMask?: PictureInput | undefined;
}

/** The files of a region that went into a picture. */
export interface RegionOrigin {
  /** Where the region is. */
  readonly mask: Source;
  /** Its painting. */
  readonly picture: Source;
  /** Where the painting was looked at. */
  readonly styleMask?: Source;
}

/**
 * Loads the pictures of a region.
 *
 * @param ofPhoto - how what lies over the photo is read
 * @param ofPainting - how the painting is read, and what lies over it
 * @throws {MediaError} if a file cannot be read
 */
export async function loadRegion(
  { mask, picture, styleMask }: PaintedRegion,
  ofPhoto: ReadImageOptions,
  ofPainting: ReadImageOptions,
): Promise<{ readonly region: StyledRegion; readonly origin: RegionOrigin }> {
  const [where, painting, part] = await Promise.all([
    loadPicture(mask, "the mask of a region", ofPhoto),
    loadPicture(picture, "the painting of a region", ofPainting),
    styleMask === undefined
      ? undefined
      : loadPicture(styleMask, "the style mask of a region", ofPainting),
  ]);
  return {
    region: { mask: where.picture, picture: painting.picture, styleMask: part?.picture },
    origin: {
      mask: where.source,
      picture: painting.source,
      ...(part && { styleMask: part.source }),
    },
  };
}

/** A part of the photo with a style of the network. */
export interface NetworkRegion {
  /** White where the region is, of the photo's proportions; grey and transparent parts count in part. */
  readonly mask: PictureInput;
  /** The name of the style. */
  readonly style: string;
}

/** A region that a network painted. */
export interface NetworkRegionOrigin {
  /** Where the region is. */
  readonly mask: Source;
  /** The name of its style. */
  readonly style: string;
}
