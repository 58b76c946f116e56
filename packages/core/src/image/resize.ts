import { ShapeError } from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import type { Raster } from "./raster.ts";
import { resampled } from "./resample.ts";

/** The pixels of a line that make up one new pixel: weights that sum to 1, from pixel `first` on. */
interface Window {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * The window of new pixel `index`.
 *
 * @param scale - old pixels per new pixel
 * @param length - pixels of the old line
 */
type WindowRule = (index: number, scale: number, length: number) => Window;

const filters = {
  /** The pixel under the new pixel's centre. */
  nearest: (index, scale, length) => ({
    first: Math.min(Math.floor((index + 0.5) * scale), length - 1),
    weights: Float64Array.of(1),
  }),
  /** The mean of what the new pixel covers, parts of pixels included. */
  area: coverage,
  /** Bilinear. */
  triangle: kernel(1, (x) => 1 - x),
  /** Keys 1981 with a = −1/2, also known as Catmull–Rom. */
  bicubic: kernel(2, (x) =>
    x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((2.5 - 0.5 * x) * x - 4) * x + 2,
  ),
  /** Three lobes of a windowed sinc (Duchon 1979). */
  lanczos3: kernel(3, (x) => sinc(x) * sinc(x / 3)),
} as const satisfies Readonly<Record<string, WindowRule>>;

/** A way to resample; see {@link resize}. */
export type ResizeFilter = keyof typeof filters;

/** Every way to resample. */
export const resizeFilters = Object.keys(filters) as [ResizeFilter, ...ResizeFilter[]];

/**
 * A picture at another size.
 *
 * Separable. Pixel centres lie at halves, so that pictures of all sizes cover the same area. When
 * shrinking, `triangle`, `bicubic` and `lanczos3` are widened by the reduction, which keeps fine
 * patterns from turning into coarse ones; when enlarging they interpolate. Weights of pixels beyond
 * the edge are left out and the others raised to sum to 1. Values are taken as they are encoded, not
 * as light, and are not rounded; `bicubic` and `lanczos3` can leave their range. A colour counts as much
 * as it is opaque; see `resampled`.
 *
 * `triangle`, `bicubic` and `lanczos3` give Pillow's numbers, the first two also those of PyTorch's
 * `interpolate` with `antialias=True`.
 *
 * @param size - new size in pixels, whole numbers from 1
 * @param filter - default `triangle`
 * @throws {OptionError} if a side is not a whole number from 1
 */
export function resize(
  raster: Raster,
  size: Pick<Raster, "width" | "height">,
  filter: ResizeFilter = "triangle",
): Raster {
  const { width, height } = size;
  checkSize(size);
  if (width === raster.width && height === raster.height) {
    const { data, alpha } = raster;
    return { width, height, data: data.slice(), ...(alpha && { alpha: alpha.slice() }) };
  }
  return resampled(raster, size, (planes) => resizePlanes(planes, raster, size, filter));
}

/**
 * Planes of numbers at another size, each as {@link resize} does it: the state of an optimiser, a
 * mask.
 *
 * @param planes - any number of planes `[height, width]` of size `from`, one after the other
 * @param from - size of the planes in pixels
 * @param to - new size in pixels, whole numbers from 1
 * @returns as many planes, in new memory
 * @throws {OptionError} if a side is not a whole number from 1
 * @throws {ShapeError} if `planes` does not hold a whole number of planes
 */
export function resizePlanes(
  planes: Float32Array,
  from: Pick<Raster, "width" | "height">,
  to: Pick<Raster, "width" | "height">,
  filter: ResizeFilter,
): Float32Array {
  checkSize(from);
  checkSize(to);
  const count = planes.length / (from.width * from.height);
  if (!Number.isInteger(count))
    throw new ShapeError(
      `planes of ${from.width}×${from.height}: expected a multiple of ${from.width * from.height} numbers, got ${planes.length}.`,
    );
  if (from.width === to.width && from.height === to.height) return planes.slice();
  const narrow = resizeRows(planes, from.width, windowsOf(from.width, to.width, filter));
  return resizeColumns(narrow, to.width, from.height, windowsOf(from.height, to.height, filter));
}

/** Lines of any number of planes at another width. */
function resizeRows(lines: Float32Array, width: number, windows: readonly Window[]): Float32Array {
  const count = lines.length / width;
  const result = new Float32Array(count * windows.length);
  for (let line = 0; line < count; line++) {
    const source = line * width;
    const target = line * windows.length;
    for (let x = 0; x < windows.length; x++) {
      const { first, weights } = windows[x]!;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * lines[source + first + k]!;
      result[target + x] = sum;
    }
  }
  return result;
}

/** Planes at another height. */
function resizeColumns(
  planes: Float32Array,
  width: number,
  height: number,
  windows: readonly Window[],
): Float32Array {
  const count = planes.length / (width * height);
  const result = new Float32Array(count * windows.length * width);
  const sums = new Float64Array(width);
  for (let plane = 0; plane < count; plane++) {
    for (let y = 0; y < windows.length; y++) {
      const { first, weights } = windows[y]!;
      sums.fill(0);
      for (let k = 0; k < weights.length; k++) {
        const weight = weights[k]!;
        const source = (plane * height + first + k) * width;
        for (let x = 0; x < width; x++) sums[x]! += weight * planes[source + x]!;
      }
      result.set(sums, (plane * windows.length + y) * width);
    }
  }
  return result;
}

function windowsOf(from: number, to: number, filter: ResizeFilter): Window[] {
  return Array.from({ length: to }, (_, index) => filters[filter](index, from / to, from));
}

/**
 * @param reach - where the kernel ends, in pixels of the coarser of the two grids
 * @param at - its value at a distance from 0 to `reach`
 */
function kernel(reach: number, at: (distance: number) => number): WindowRule {
  return (index, scale, length) => {
    const stretch = Math.max(scale, 1);
    const centre = (index + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach * stretch));
    const end = Math.min(length, Math.ceil(centre + reach * stretch));
    const weights = Float64Array.from({ length: end - first }, (_, k) => {
      const distance = Math.abs(first + k + 0.5 - centre) / stretch;
      return distance < reach ? at(distance) : 0;
    });
    return { first, weights: normalised(weights) };
  };
}

function coverage(index: number, scale: number, length: number): Window {
  const left = index * scale;
  const right = left + scale;
  const first = Math.floor(left);
  const end = Math.min(length, Math.ceil(right));
  const weights = Float64Array.from(
    { length: end - first },
    (_, k) => Math.min(first + k + 1, right) - Math.max(first + k, left),
  );
  return { first, weights: normalised(weights) };
}

function normalised(weights: Float64Array): Float64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function checkSize({ width, height }: Pick<Raster, "width" | "height">): void {
  const isWhole = (side: number): boolean => Number.isInteger(side) && side >= 1;
  if (!isWhole(width) || !isWhole(height))
    throw new OptionError(`size: expected whole numbers of pixels from 1, got ${width}×${height}.`);
}
