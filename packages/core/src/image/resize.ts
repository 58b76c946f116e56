import type { Raster } from "./raster.ts";

/** Kernels of resampling with the distance, in pixels of the coarser grid, to which they reach. */
const kernels = {
  /** Half a pixel each way: nearest when enlarging, the mean of covered pixels when shrinking. */
  box: { reach: 0.5, at: (x: number) => (x >= -0.5 && x < 0.5 ? 1 : 0) },
  /** Bilinear. */
  triangle: { reach: 1, at: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  /** Keys 1981 with a = −1/2, Catmull–Rom. */
  bicubic: { reach: 2, at: catmullRom },
  /** Three lobes of a windowed sinc. */
  lanczos3: { reach: 3, at: (x: number) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const;

/** A way to resample. */
export type ResizeFilter = keyof typeof kernels;

interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A picture at another size.
 *
 * Separable and antialiased: when shrinking, the kernel is widened by the reduction; pixel centres
 * lie at halves; weights at the edge are renormalised; on gamma-encoded values, not rounded.
 */
export function resize(raster: Raster, size: Size, filter: ResizeFilter = "triangle"): Raster {
  const { alpha } = raster;
  const data = resizePlanes(raster.data, raster, size, filter);
  return {
    width: size.width,
    height: size.height,
    data,
    ...(alpha && { alpha: resizePlanes(alpha, raster, size, filter) }),
  };
}

/**
 * Planes of numbers at another size, as {@link resize} does it. Kernels with negative lobes can
 * leave the range of the input.
 *
 * @param planes - any number of planes `[height, width]` of size `from`, one after the other
 */
export function resizePlanes(
  planes: Float32Array,
  from: Size,
  to: Size,
  filter: ResizeFilter,
): Float32Array {
  if (from.width === to.width && from.height === to.height) return planes.slice();
  const columns = windowsOf(from.width, to.width, filter);
  const rows = windowsOf(from.height, to.height, filter);
  const count = planes.length / (from.width * from.height);
  const narrow = new Float32Array(count * from.height * to.width);
  for (let line = 0; line < count * from.height; line++) {
    const source = line * from.width;
    for (let x = 0; x < to.width; x++) {
      const { first, weights } = columns[x]!;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * planes[source + first + k]!;
      narrow[line * to.width + x] = sum;
    }
  }
  const result = new Float32Array(count * to.height * to.width);
  const sums = new Float64Array(to.width);
  for (let plane = 0; plane < count; plane++) {
    for (let y = 0; y < to.height; y++) {
      const { first, weights } = rows[y]!;
      sums.fill(0);
      for (let k = 0; k < weights.length; k++) {
        const source = (plane * from.height + first + k) * to.width;
        for (let x = 0; x < to.width; x++) sums[x]! += weights[k]! * narrow[source + x]!;
      }
      result.set(sums, (plane * to.height + y) * to.width);
    }
  }
  return result;
}

/** Which pixels make up each new pixel of a line, with weights that sum to 1. */
function windowsOf(
  from: number,
  to: number,
  filter: ResizeFilter,
): { readonly first: number; readonly weights: Float64Array }[] {
  const { reach, at } = kernels[filter];
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach * stretch));
    const end = Math.min(from, Math.ceil(centre + reach * stretch));
    const weights = Float64Array.from({ length: end - first }, (_, k) =>
      at((first + k + 0.5 - centre) / stretch),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

function catmullRom(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
