import type { Raster } from "../image/raster.ts";
import { colourMoments, gaussianDistance } from "./moments.ts";
import { toOklab } from "./oklab.ts";

/** A picture's colours in numbers, against those of another. */
export interface ColourReport {
  /** Wasserstein-2 distance of both palettes as Gaussians in OKLab; see {@link gaussianDistance}. */
  readonly distance: number;
  /** See {@link meanChroma}. */
  readonly meanChroma: number;
  /** See {@link clippedShare}. */
  readonly clippedShare: number;
}

/**
 * The colours of a picture compared with a reference: the photo where its colours should be kept, the
 * painting where they should not.
 *
 * @throws {OptionError} if a picture is transparent everywhere
 */
export function colourReport(picture: Raster, reference: Raster): ColourReport {
  return {
    distance: gaussianDistance(colourMoments(picture, "oklab"), colourMoments(reference, "oklab")),
    meanChroma: meanChroma(picture),
    clippedShare: clippedShare(picture),
  };
}

/** Mean of √(a² + b²) in OKLab over pixels: 0 for greys, up to 0.32 for the most vivid colour of sRGB. */
export function meanChroma(picture: Raster): number {
  const lab = toOklab(picture);
  const area = lab.length / 3;
  return visibleMean(picture, (i) => Math.hypot(lab[area + i]!, lab[2 * area + i]!));
}

/** Share of pixels of which red, green or blue is 0 or 255 in 8 bits. */
export function clippedShare(picture: Raster): number {
  const { data } = picture;
  const area = data.length / 3;
  return visibleMean(picture, (i) => {
    const channels = [data[i]!, data[area + i]!, data[2 * area + i]!];
    return Number(channels.some((value) => value < 0.5 / 255 || value >= 254.5 / 255));
  });
}

/** The mean of a number over pixels, each of which counts as much as it is opaque; 0 where nothing is. */
function visibleMean({ width, height, alpha }: Raster, at: (pixel: number) => number): number {
  let [sum, weight] = [0, 0];
  for (let i = 0; i < width * height; i++) {
    const opacity = alpha?.[i] ?? 1;
    weight += opacity;
    if (opacity > 0) sum += opacity * at(i);
  }
  return weight === 0 ? 0 : sum / weight;
}
