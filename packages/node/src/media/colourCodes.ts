// Colours by code, as AVIF and PNG take them over from video.

import {
  apply3,
  inverse3,
  multiply3,
  srgbToLinear,
  type Matrix3,
  type Vector3,
} from "@deepstyle/core";
import type { MatrixProfile } from "./iccProfile.ts";

/** Code points for what red, green and blue are, and for the curve that they are encoded with. */
export interface ColourCodes {
  readonly primaries: number;
  readonly transfer: number;
}

/** Where a colour lies on the plane of chromaticities. */
type Chromaticity = readonly [x: number, y: number];

/** Red, green, blue and white of a space. */
type Primaries = readonly [Chromaticity, Chromaticity, Chromaticity, Chromaticity];

const d65: Chromaticity = [0.3127, 0.329];
const rec709: Primaries = [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06], d65];

// prettier-ignore
const primariesByCode: ReadonlyMap<number, Primaries> = new Map<number, Primaries>([
  [1, rec709],
  [2, rec709], // unspecified
  [5, [[0.64, 0.33], [0.29, 0.6], [0.15, 0.06], d65]], // Rec. 601, 625 lines
  [6, [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], d65]], // Rec. 601, 525 lines
  [7, [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], d65]],
  [9, [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046], d65]], // Rec. 2020
  [11, [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06], [0.314, 0.351]]], // P3 of cinemas
  [12, [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06], d65]], // Display P3
]);

/** Screens show the curves of video cameras as they do sRGB's, and programs write one for the other. */
const likeSrgb: readonly number[] = [1, 2, 6, 13, 14, 15];

const curves: ReadonlyMap<number, (encoded: number) => number> = new Map([
  ...likeSrgb.map((code) => [code, srgbToLinear] as const),
  [4, (encoded: number) => encoded ** 2.2] as const,
  [5, (encoded: number) => encoded ** 2.8] as const,
  [8, (encoded: number) => encoded] as const,
]);

/** Curves for light beyond white. */
const highDynamicRange: ReadonlyMap<number, string> = new Map([
  [16, "PQ"],
  [18, "HLG"],
]);

/**
 * What colours of these codes are in sRGB.
 *
 * @returns how to convert them, or what they are where they cannot be converted: "an HDR picture (PQ)"
 *
 * Source: ITU-T H.273 (2021), tables 2 and 3.
 */
export function profileOfCodes({ primaries, transfer }: ColourCodes): MatrixProfile | string {
  const hdr = highDynamicRange.get(transfer);
  if (hdr !== undefined) return `an HDR picture (${hdr})`;
  const [curve, space] = [curves.get(transfer), primariesByCode.get(primaries)];
  if (curve === undefined || space === undefined)
    return `a picture with colours of an uncommon kind (primaries ${primaries}, transfer ${transfer})`;
  return { space: "RGB", curves: [curve, curve, curve], toLinearSrgb: linearSrgbFrom(space) };
}

/** White stays white: each row sums to 1. */
function linearSrgbFrom(space: Primaries): MatrixProfile["toLinearSrgb"] {
  const m = multiply3(inverse3(xyzOf(rec709)), xyzOf(space));
  const row = (i: number): readonly [number, number, number] => {
    const [r, g, b] = [m[3 * i]!, m[3 * i + 1]!, m[3 * i + 2]!];
    const white = r + g + b;
    return [r / white, g / white, b / white];
  };
  return [row(0), row(1), row(2)];
}

/** From linear red, green and blue to XYZ. Source: SMPTE RP 177:1993, section 3.3. */
function xyzOf([red, green, blue, white]: Primaries): Matrix3 {
  const xyz = ([x, y]: Chromaticity): Vector3 => [x / y, 1, (1 - x - y) / y];
  const [r, g, b] = [xyz(red), xyz(green), xyz(blue)];
  const columns: Matrix3 = [r[0], g[0], b[0], r[1], g[1], b[1], r[2], g[2], b[2]];
  const [sr, sg, sb] = apply3(inverse3(columns), xyz(white));
  return multiply3(columns, [sr, 0, 0, 0, sg, 0, 0, 0, sb]);
}
