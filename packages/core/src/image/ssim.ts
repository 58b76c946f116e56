import { ShapeError } from "@deepstyle/engine";
import type { Raster } from "./raster.ts";

const WINDOW = 11;
const SIGMA = 1.5;
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/** A plane of float64 numbers, row-major. */
interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/**
 * Structural similarity of two pictures: 1 for equal ones, near 0 for unrelated ones, below 0 where
 * one is like the other's negative. Mean over all positions of the window of
 * `(2 μx μy + C1) (2 σxy + C2) / ((μx² + μy² + C1) (σx² + σy² + C2))`.
 *
 * Luminance is 0.299 R + 0.587 G + 0.114 B of the encoded values, in 0..255; the window is Gaussian,
 * 11 × 11, σ 1.5, weights summing to 1 (so covariances are biased), and lies wholly inside the
 * picture; K1 0.01, K2 0.03, L 255. Opacity is not looked at.
 *
 * Source: Wang, Bovik, Sheikh, Simoncelli 2004, without their downsampling. Departure: along a side
 * shorter than 11 pixels the window is as long as the side, with the same σ.
 *
 * @throws {ShapeError} if the sizes differ
 */
export function ssim(a: Raster, b: Raster): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new ShapeError(
      `ssim: expected pictures of equal size, got ${a.width}×${a.height} and ${b.width}×${b.height}.`,
    );
  const [x, y] = [luminance(a), luminance(b)];
  const meanX = windowMeans(x).data;
  const meanY = windowMeans(y).data;
  const meanXX = windowMeans(product(x, x)).data;
  const meanYY = windowMeans(product(y, y)).data;
  const meanXY = windowMeans(product(x, y)).data;
  let sum = 0;
  for (let i = 0; i < meanX.length; i++) {
    const mx = meanX[i]!;
    const my = meanY[i]!;
    const variances = meanXX[i]! - mx * mx + meanYY[i]! - my * my;
    const covariance = meanXY[i]! - mx * my;
    sum +=
      ((2 * mx * my + C1) * (2 * covariance + C2)) / ((mx * mx + my * my + C1) * (variances + C2));
  }
  return sum / meanX.length;
}

function luminance({ width, height, data }: Raster): Plane {
  const area = width * height;
  const plane = new Float64Array(area);
  for (let i = 0; i < area; i++)
    plane[i] = 255 * (0.299 * data[i]! + 0.587 * data[area + i]! + 0.114 * data[2 * area + i]!);
  return { width, height, data: plane };
}

function product({ width, height, data }: Plane, { data: other }: Plane): Plane {
  return { width, height, data: data.map((value, i) => value * other[i]!) };
}

/** The weighted mean in every window that lies inside the plane. */
function windowMeans({ width, height, data }: Plane): Plane {
  const across = gaussian(Math.min(WINDOW, width));
  const down = gaussian(Math.min(WINDOW, height));
  const newWidth = width - across.length + 1;
  const newHeight = height - down.length + 1;
  const rows = new Float64Array(newWidth * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < newWidth; x++) {
      let sum = 0;
      for (let k = 0; k < across.length; k++) sum += across[k]! * data[y * width + x + k]!;
      rows[y * newWidth + x] = sum;
    }
  }
  const means = new Float64Array(newWidth * newHeight);
  for (let y = 0; y < newHeight; y++) {
    for (let k = 0; k < down.length; k++) {
      const weight = down[k]!;
      for (let x = 0; x < newWidth; x++)
        means[y * newWidth + x]! += weight * rows[(y + k) * newWidth + x]!;
    }
  }
  return { width: newWidth, height: newHeight, data: means };
}

function gaussian(length: number): Float64Array {
  const weights = Float64Array.from({ length }, (_, k) =>
    Math.exp(-((k - (length - 1) / 2) ** 2) / (2 * SIGMA * SIGMA)),
  );
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
