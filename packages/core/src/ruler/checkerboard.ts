import { OptionError } from "../errors.ts";
import type { Raster } from "../image/raster.ts";

/** Side of the squares whose spectra are averaged. */
const side = 256;

/**
 * Power of the luminance by frequency, averaged over squares of 256 px that overlap by half, each
 * without its mean and under a Hann window.
 *
 * @param pictures - at least 256 px on each side
 * @returns 256×256, rows by vertical frequency from 0 on, in no unit
 * @throws {OptionError} if one is smaller, or there is none
 */
export function powerSpectrum(pictures: readonly Raster[]): Float64Array {
  const power = new Float64Array(side * side);
  let squares = 0;
  for (const { width, height, data } of pictures) {
    if (width < side || height < side)
      throw new OptionError(
        `a spectrum needs pictures of at least ${side}×${side} px; got ${width}×${height}.`,
      );
    for (let top = 0; top + side <= height; top += side / 2) {
      for (let left = 0; left + side <= width; left += side / 2) {
        addPower(power, luminanceSquare(data, width, height, left, top));
        squares++;
      }
    }
  }
  if (squares === 0) throw new OptionError("a spectrum needs at least one picture; got none.");
  return power.map((sum) => sum / squares);
}

/** How far a spectrum stands out at the frequencies that strided convolutions leave. */
export interface Checkerboard {
  /** Mean over the eight peaks in decibel; near 0 for photographs. */
  readonly mean: number;
  /** The highest peak in decibel. */
  readonly max: number;
}

/**
 * Checkerboard artefacts: power at frequencies of ¼ and ½ cycle a pixel, compared with that around
 * them in {@link powerSpectrum}.
 *
 * Source: field notes 3.3, after Odena, Dumoulin, Olah 2016, "Deconvolution and Checkerboard
 * Artifacts".
 *
 * @param pictures - at least 256 px on each side
 * @throws {OptionError} if one is smaller, or there is none
 */
export function checkerboard(pictures: readonly Raster[]): Checkerboard {
  const power = powerSpectrum(pictures);
  const peaks = [0, 1, 2]
    .flatMap((u) => [0, 1, 2].map((v) => [u, v] as const))
    .filter(([u, v]) => u + v > 0)
    .map(([u, v]) => prominence(power, (u * side) / 4, (v * side) / 4));
  return { mean: peaks.reduce((sum, r) => sum + r, 0) / peaks.length, max: Math.max(...peaks) };
}

/** Mean power in 3×3 bins around a peak over the median of the ring of radius 6 to 12, in decibel. */
function prominence(power: Float64Array, row: number, column: number): number {
  let peak = 0;
  const ring: number[] = [];
  for (let dy = -12; dy <= 12; dy++) {
    for (let dx = -12; dx <= 12; dx++) {
      const at = power[((row + dy + side) % side) * side + ((column + dx + side) % side)]!;
      const radius = Math.hypot(dx, dy);
      if (Math.max(Math.abs(dx), Math.abs(dy)) <= 1) peak += at / 9;
      else if (radius >= 6 && radius <= 12) ring.push(at);
    }
  }
  ring.sort((a, b) => a - b);
  return 10 * Math.log10(peak / ring[ring.length >> 1]!);
}

/** Luminance without its mean, under a Hann window. */
function luminanceSquare(
  data: Float32Array,
  width: number,
  height: number,
  left: number,
  top: number,
): Float64Array {
  const square = new Float64Array(side * side);
  const plane = width * height;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = (top + y) * width + left + x;
      square[y * side + x] =
        0.299 * data[at]! + 0.587 * data[plane + at]! + 0.114 * data[2 * plane + at]!;
    }
  }
  const mean = square.reduce((sum, value) => sum + value, 0) / square.length;
  return square.map((value, i) => (value - mean) * hann[i % side]! * hann[Math.floor(i / side)]!);
}

const hann = Float64Array.from(
  { length: side },
  (_, i) => (1 - Math.cos((2 * Math.PI * i) / side)) / 2,
);

/** Adds |F|² of a square's discrete Fourier transform. */
function addPower(power: Float64Array, real: Float64Array): void {
  const imaginary = new Float64Array(side * side);
  for (let i = 0; i < side; i++) {
    transform(real, imaginary, i * side, 1);
  }
  for (let i = 0; i < side; i++) {
    transform(real, imaginary, i, side);
  }
  for (let i = 0; i < power.length; i++) power[i]! += real[i]! ** 2 + imaginary[i]! ** 2;
}

/** Fourier transform of `side` numbers in place, radix 2 (Cooley and Tukey 1965). */
function transform(
  real: Float64Array,
  imaginary: Float64Array,
  start: number,
  stride: number,
): void {
  const at = (i: number): number => start + i * stride;
  for (let i = 0, j = 0; i < side; i++) {
    if (i < j) {
      [real[at(i)], real[at(j)]] = [real[at(j)]!, real[at(i)]!];
      [imaginary[at(i)], imaginary[at(j)]] = [imaginary[at(j)]!, imaginary[at(i)]!];
    }
    let bit = side >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j |= bit;
  }
  for (let span = 1; span < side; span *= 2) {
    for (let k = 0; k < span; k++) {
      const angle = (-Math.PI * k) / span;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      for (let i = k; i < side; i += 2 * span) {
        const [p, q] = [at(i), at(i + span)];
        const re = c * real[q]! - s * imaginary[q]!;
        const im = c * imaginary[q]! + s * real[q]!;
        real[q] = real[p]! - re;
        imaginary[q] = imaginary[p]! - im;
        real[p]! += re;
        imaginary[p]! += im;
      }
    }
  }
}
