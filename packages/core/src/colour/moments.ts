import { OptionError } from "../errors.ts";
import type { Raster } from "../image/raster.ts";
import { multiply3, squareRoot3, type Matrix3, type Vector3 } from "./matrix3.ts";
import { toOklab } from "./oklab.ts";

/** Mean and covariance of colours: what is kept of a picture whose colours are taken as a Gaussian. */
export interface ColourMoments {
  readonly mean: Vector3;
  /** Mean product of deviations from the mean (divided by the number of pixels), symmetric. */
  readonly covariance: Matrix3;
}

/**
 * Mean and covariance of a picture's colours over its pixels. A pixel counts as much as it is opaque:
 * the colour behind full transparency is nobody's.
 *
 * @param space - `srgb`: encoded red, green and blue; `oklab`: L, a and b
 * @throws {OptionError} if the picture is transparent everywhere
 */
export function colourMoments(picture: Raster, space: "srgb" | "oklab" = "srgb"): ColourMoments {
  const planes = space === "srgb" ? picture.data : toOklab(picture);
  const area = planes.length / 3;
  const opacity = (i: number): number => picture.alpha?.[i] ?? 1;
  let weight = 0;
  const sums = [0, 0, 0];
  for (let i = 0; i < area; i++) {
    weight += opacity(i);
    for (let c = 0; c < 3; c++) sums[c]! += opacity(i) * planes[c * area + i]!;
  }
  if (weight === 0)
    throw new OptionError("the picture has no colours: expected one that is not all transparent.");
  const mean = sums.map((sum) => sum / weight) as [number, number, number];
  // A second pass: sums of raw squares would lose the digits of a picture of one colour.
  let [xx, xy, xz, yy, yz, zz] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < area; i++) {
    const share = opacity(i) / weight;
    const x = planes[i]! - mean[0];
    const y = planes[area + i]! - mean[1];
    const z = planes[2 * area + i]! - mean[2];
    xx += share * x * x;
    xy += share * x * y;
    xz += share * x * z;
    yy += share * y * y;
    yz += share * y * z;
    zz += share * z * z;
  }
  return { mean, covariance: [xx, xy, xz, xy, yy, yz, xz, yz, zz] };
}

/**
 * Wasserstein-2 distance of two Gaussians: the root of |μ − ν|² + tr(Σ + Τ − 2 (Σ^½ Τ Σ^½)^½). In
 * OKLab a distance of 0.02 is about the smallest that is seen between two patches side by side.
 *
 * Source: Dowson and Landau 1982, The Fréchet distance between multivariate normal distributions.
 */
export function gaussianDistance(a: ColourMoments, b: ColourMoments): number {
  const shift = a.mean.reduce((sum, value, i) => sum + (value - b.mean[i]!) ** 2, 0);
  const root = squareRoot3(a.covariance);
  const between = squareRoot3(multiply3(multiply3(root, b.covariance), root));
  const spread = trace(a.covariance) + trace(b.covariance) - 2 * trace(between);
  return Math.sqrt(Math.max(0, shift + spread));
}

function trace(a: Matrix3): number {
  return a[0] + a[4] + a[8];
}
