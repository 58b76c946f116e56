// Pixels as files hold them, whole numbers with the channels side by side, to rasters and back.

import type { Raster } from "@deepstyle/core";
import { MediaError } from "../errors.ts";
import { encodeSrgb, type MatrixProfile } from "./iccProfile.ts";
import type { BitDepth } from "./imageFormats.ts";

/** Pixels of a file. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, and alpha if there is a fourth. */
  readonly channels: 3 | 4;
  /** `[height, width, channels]` */
  readonly values: Uint8Array | Uint16Array;
  /** The value that means 1. */
  readonly white: number;
}

/**
 * The raster of samples that are sRGB already, or have a profile to be converted from.
 *
 * @param samples - pixels of a file
 * @param profile - what the samples mean, if not sRGB; colours outside sRGB are clamped
 */
export function rasterFromSamples(samples: Samples, profile?: MatrixProfile): Raster {
  const { width, height, channels } = samples;
  const data = profile ? convertedToSrgb(samples, profile) : scaled(samples, [0, 1, 2]);
  return channels === 3
    ? { width, height, data }
    : { width, height, data, alpha: scaled(samples, [3]) };
}

/** Some of the channels, in [0, 1], one after the other, each `[height, width]`. */
function scaled(
  { width, height, channels, values, white }: Samples,
  chosen: readonly number[],
): Float32Array {
  const planes = new Float32Array(chosen.length * width * height);
  let at = 0;
  for (const channel of chosen)
    for (let i = channel; i < values.length; i += channels) planes[at++] = values[i]! / white;
  return planes;
}

/** `[3, height, width]` in [0, 1] */
function convertedToSrgb(
  { width, height, channels, values, white }: Samples,
  { curves, toLinearSrgb }: MatrixProfile,
): Float32Array {
  const pixels = width * height;
  const red = tabulated(curves[0], white);
  const green = tabulated(curves[1], white);
  const blue = tabulated(curves[2], white);
  const encoded = tabulated(encodeSrgb, ENCODING_STEPS);
  const data = new Float32Array(3 * pixels);
  toLinearSrgb.forEach(([fromRed, fromGreen, fromBlue], c) => {
    for (let p = 0, i = 0; p < pixels; p++, i += channels) {
      const light =
        fromRed * red[values[i]!]! +
        fromGreen * green[values[i + 1]!]! +
        fromBlue * blue[values[i + 2]!]!;
      const position = Math.min(1, Math.max(0, light)) * ENCODING_STEPS;
      const below = Math.min(Math.floor(position), ENCODING_STEPS - 1);
      const low = encoded[below]!;
      data[c * pixels + p] = low + (encoded[below + 1]! - low) * (position - below);
    }
  });
  return data;
}

/**
 * A power for every sample of a photo takes seconds, so it is interpolated. With steps h the error is
 * h² / 8 times the curvature, at most 2400 where sRGB's curve begins: below 1e-7.
 */
const ENCODING_STEPS = 65_536;

/** A function's values at 0, 1 / steps, ..., 1. */
function tabulated(curve: (x: number) => number, steps: number): Float64Array {
  return Float64Array.from({ length: steps + 1 }, (_, i) => curve(i / steps));
}

/**
 * The samples of a raster, clamped to [0, 1] and rounded to the nearest step, without dither.
 *
 * @param raster - finite values
 * @param bitDepth - bits per sample
 */
export function samplesFromRaster(raster: Raster, bitDepth: BitDepth): Samples {
  const pixels = raster.width * raster.height;
  const white = 2 ** bitDepth - 1;
  const channels = raster.alpha ? 4 : 3;
  const values = new (bitDepth === 16 ? Uint16Array : Uint8Array)(channels * pixels);
  planesOf(raster).forEach((plane, c) => {
    for (let p = 0; p < pixels; p++) {
      values[p * channels + c] = Math.round(clamped(plane[p]!) * white);
    }
  });
  return { width: raster.width, height: raster.height, channels, values, white };
}

/**
 * The picture on white paper, for formats without alpha.
 *
 * @returns a raster without alpha: value · alpha + 1 - alpha, mixed as encoded, as browsers and
 * image viewers do it
 */
export function laidOnWhite({ width, height, data, alpha }: Raster): Raster {
  if (alpha === undefined) return { width, height, data };
  const pixels = width * height;
  const mixed = data.map((value, i) => {
    const opacity = clamped(alpha[i % pixels]!);
    return clamped(value) * opacity + 1 - opacity;
  });
  return { width, height, data: mixed };
}

/**
 * Refuses what is no picture: a computation that has diverged must not pass as one.
 *
 * @param path - the file that was to be written, for the message
 * @throws {MediaError} if it has no pixels, a plane has not as many values as there are pixels, or a
 * value is NaN or infinite
 */
export function checkPixels(path: string, raster: Raster): void {
  const { width, height, data, alpha } = raster;
  const fail = (expected: string, got: string, remedy: string) => {
    const message = `${path} is not written: expected ${expected}, got ${got}. ${remedy}`;
    throw new MediaError("ERR_MEDIA_PIXELS", path, message);
  };
  const pixels = width * height;
  const fits = data.length === 3 * pixels && (alpha === undefined || alpha.length === pixels);
  if (!fits || pixels === 0) {
    fail(
      `3 × ${height} × ${width} values, at least one pixel, and ${height} × ${width} of alpha if any`,
      alpha ? `${data.length} and ${alpha.length}` : String(data.length),
      "Make width and height fit the data.",
    );
  }
  planesOf(raster).forEach((plane, c) => {
    const at = plane.findIndex((value) => !Number.isFinite(value));
    if (at === -1) return;
    const place = `${CHANNELS[c]!} at x = ${at % width}, y = ${Math.floor(at / width)}`;
    const remedy = "The computation has diverged; try smaller steps.";
    fail("finite numbers", `${plane[at]!} for ${place}`, remedy);
  });
}

/** Red, green, blue, and alpha if there is one, each `[height, width]`. */
function planesOf({ width, height, data, alpha }: Raster): Float32Array[] {
  const pixels = width * height;
  const colours = [0, 1, 2].map((c) => data.subarray(c * pixels, (c + 1) * pixels));
  return alpha ? [...colours, alpha] : colours;
}

const CHANNELS = ["red", "green", "blue", "alpha"];

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
