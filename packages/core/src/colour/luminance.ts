import { ShapeError } from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import { hasProportions, type Raster } from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import { colourMoments } from "./moments.ts";
import { mapColours, srgbOfOklab, toOklab } from "./oklab.ts";
import type { Vector3 } from "./matrix3.ts";

/** How far a change of colours goes. */
export interface ColourShare {
  /** From 0, which leaves colours as they are, to 1, all the way. 1 if left out. */
  readonly share?: number;
}

/** Settings of {@link putBackChroma}. */
export interface ChromaOptions extends ColourShare {
  /**
   * Passes of smoothing, whole, from 0. Each reaches one pixel further. 5 if left out, NNST's number.
   */
  readonly passes?: number;
}

/**
 * The luminance of a finished picture with the colours of the photo: `L` of the one, `a` and `b` of the
 * other in OKLab, or a mixture of both with a `share`. A colour that sRGB does not have at that
 * luminance is paled, at the same hue, until it has it; luminance is never changed.
 *
 * OKLab and not YCbCr, after a look at three pictures. They differ little: YCbCr has dark strokes more
 * saturated than the photo's shades beside them (hair, deep water), OKLab has them calmer.
 *
 * @param result - the finished picture; its transparency is kept
 * @param photo - of the same proportions; resized to the result's size
 * @throws {OptionError} if `share` is out of its range
 * @throws {ShapeError} if the proportions differ by more than a pixel of the result
 *
 * Source: Gatys et al. 2016, Preserving Color in Neural Artistic Style Transfer, section 4, which uses
 * YIQ.
 */
export function luminanceOnly(
  result: Raster,
  photo: Raster,
  { share = 1 }: ColourShare = {},
): Raster {
  expectShare(share);
  return recolour(result, photo, { passes: 0, own: 1 - share, photos: share });
}

/**
 * As {@link luminanceOnly}, but the photo's chroma is first smoothed along the shapes of the result:
 * each pass averages over 3×3 pixels with weights exp(−10 |ΔL|), L being the result's, so that colour
 * follows strokes and not the photo's edges beneath them.
 *
 * @throws {OptionError} if `passes` is not a whole number from 0, or `share` out of its range
 * @throws {ShapeError} as {@link luminanceOnly}
 *
 * Source: Kolkin et al. 2022, Neural Neighbor Style Transfer, its code. Departure: there the photo's
 * colours are first given the painting's mean and covariance, which here would undo the purpose.
 */
export function putBackChroma(
  result: Raster,
  photo: Raster,
  { passes = 5, share = 1 }: ChromaOptions = {},
): Raster {
  if (!(Number.isInteger(passes) && passes >= 0))
    throw new OptionError(`passes: expected a whole number from 0, got ${passes}.`);
  expectShare(share);
  return recolour(result, photo, { passes, own: 1 - share, photos: share });
}

/**
 * A painting in greys with mean and deviation of the photo's luminance, to be the model of a style that
 * is transferred in luminance alone: L′ = (σ(photo) / σ(painting)) (L − μ(painting)) + μ(photo), in
 * OKLab, clipped to [0, 1]. Optimise {@link greyOf} the photo towards it, then call
 * {@link withChroma}, with the same `share` each time.
 *
 * @returns three equal channels, where `share` is 1; below it luminance goes as far as that, and
 *   1 − share of the colour stays. Transparency is the painting's
 * @throws {OptionError} if a picture is transparent everywhere, or `share` is out of its range
 *
 * Source: Gatys et al. 2016, Preserving Color in Neural Artistic Style Transfer, eq. 10 (luminance of
 * YIQ there).
 */
export function transferLuminance(
  painting: Raster,
  photo: Raster,
  { share = 1 }: ColourShare = {},
): Raster {
  expectShare(share);
  const [from, to] = [colourMoments(painting, "oklab"), colourMoments(photo, "oklab")];
  const [variance, wanted] = [from.covariance[0], to.covariance[0]];
  // A painting of one shade has no contrast to be stretched.
  const contrast = variance > 0 ? Math.sqrt(wanted / variance) : 1;
  return fade(painting, share, (lightness) => {
    const whole = contrast * (lightness - from.mean[0]) + to.mean[0];
    return lightness + share * (whole - lightness);
  });
}

/**
 * A picture in greys of the same luminance in OKLab: three equal channels. With a `share` below 1 the
 * rest of the colour stays.
 *
 * @throws {OptionError} if `share` is out of its range
 */
export function greyOf(picture: Raster, { share = 1 }: ColourShare = {}): Raster {
  expectShare(share);
  return fade(picture, share, (lightness) => lightness);
}

/**
 * Colours for a picture that was made in greys: those of the photo. Where greys had a `share`, the
 * picture keeps what colour it has, 1 − share of the painting's, and gets that share of the photo's on
 * top. Luminance is kept, colours are paled, both as by {@link luminanceOnly}.
 *
 * @param result - made of {@link greyOf} the photo after {@link transferLuminance} of the painting
 * @throws {OptionError} if `share` is out of its range
 * @throws {ShapeError} as {@link luminanceOnly}
 */
export function withChroma(result: Raster, photo: Raster, { share = 1 }: ColourShare = {}): Raster {
  expectShare(share);
  // What tinge a picture of greys has got is an accident of its making.
  return recolour(result, photo, { passes: 0, own: share === 1 ? 0 : 1, photos: share });
}

function expectShare(share: number): void {
  if (!(share >= 0 && share <= 1))
    throw new OptionError(`share: expected a number from 0 to 1, got ${share}.`);
}

/** Luminance changed, and a share of the chroma taken away. */
function fade(picture: Raster, share: number, change: (lightness: number) => number): Raster {
  const data = mapColours(toOklab(picture), ([lightness, a, b]) => {
    const changed = Math.min(Math.max(change(lightness), 0), 1);
    return paledIntoGamut([changed, (1 - share) * a, (1 - share) * b]);
  });
  return { ...picture, data };
}

/** How {@link recolour} mixes: smoothing of the photo's chroma, factors on the picture's and on it. */
interface Mixture {
  readonly passes: number;
  readonly own: number;
  readonly photos: number;
}

function recolour(result: Raster, photo: Raster, { passes, own, photos }: Mixture): Raster {
  const { width, height } = result;
  if (!hasProportions(photo, result))
    throw new ShapeError(
      `the photo of ${photo.width}×${photo.height} px has not the proportions of the picture, ${width}×${height} px: expected the photo that it was made from.`,
    );
  const area = width * height;
  const lab = toOklab(result);
  const lightness = lab.subarray(0, area);
  let chroma = toOklab(resize(photo, result)).slice(area);
  for (let pass = 0; pass < passes; pass++) chroma = smoothed(chroma, lightness, width);
  const data = mapColours(lab, ([l, a, b], i) =>
    paledIntoGamut([l, own * a + photos * chroma[i]!, own * b + photos * chroma[area + i]!]),
  );
  return { ...result, data };
}

/** Planes averaged over 3×3 pixels, those of similar lightness above all. */
function smoothed(
  planes: Float32Array,
  lightness: Float32Array,
  width: number,
): Float32Array<ArrayBuffer> {
  const area = lightness.length;
  const height = area / width;
  const result = new Float32Array(planes.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      let [weights, a, b] = [0, 0, 0];
      for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
        for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) {
          const j = v * width + u;
          const weight = Math.exp(-10 * Math.abs(lightness[i]! - lightness[j]!));
          weights += weight;
          a += weight * planes[j]!;
          b += weight * planes[area + j]!;
        }
      }
      result[i] = a / weights;
      result[area + i] = b / weights;
    }
  }
  return result;
}

/** Halvings of the interval in which the largest chroma lies: to a thousandth of it. */
const halvings = 10;

/** The sRGB-encoded colour, its chroma lowered as far as the gamut asks for. */
function paledIntoGamut([lightness, a, b]: Vector3): Vector3 {
  const full = srgbOfOklab([lightness, a, b]);
  if (isInGamut(full)) return clipped(full);
  let [inside, outside] = [0, 1];
  for (let i = 0; i < halvings; i++) {
    const middle = (inside + outside) / 2;
    if (isInGamut(srgbOfOklab([lightness, middle * a, middle * b]))) inside = middle;
    else outside = middle;
  }
  return clipped(srgbOfOklab([lightness, inside * a, inside * b]));
}

/** A tenth of an 8-bit step: no picture shows it, and rounding of float32 does not leave it. */
const tolerance = 0.1 / 255;

function isInGamut(colour: Vector3): boolean {
  return colour.every((value) => value >= -tolerance && value <= 1 + tolerance);
}

function clipped([r, g, b]: Vector3): Vector3 {
  const unit = (value: number): number => Math.min(Math.max(value, 0), 1);
  return [unit(r), unit(g), unit(b)];
}
