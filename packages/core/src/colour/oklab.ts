import type { Raster } from "../image/raster.ts";
import { inverse3, type Matrix3, type Vector3 } from "./matrix3.ts";
import { linearToSrgb, srgbToLinear } from "./srgb.ts";

// Ottosson 2020, "A perceptual color space for image processing": linear sRGB to the responses of three
// kinds of cones, and their cube roots to L, a, b. The ways back are the inverses of these numbers, so
// that there and back again is the identity.
const coneResponses: Matrix3 = [
  0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619,
  0.2817188376, 0.6299787005,
];
const opponents: Matrix3 = [
  0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371,
  0.7827717662, -0.808675766,
];
const linearFromCones = inverse3(coneResponses);
const conesFromOpponents = inverse3(opponents);

/**
 * OKLab of an sRGB-encoded colour.
 *
 * @param rgb - red, green, blue in [0, 1]; outside it the curves go on
 * @returns lightness L from 0 (black) to 1 (white), a (green to red) and b (blue to yellow), both 0 for
 *   greys and within ±0.33 for colours of sRGB
 *
 * Source: Ottosson 2020.
 */
export function oklabOf([red, green, blue]: Vector3): Vector3 {
  const [r, g, b] = [srgbToLinear(red), srgbToLinear(green), srgbToLinear(blue)];
  const [m, n] = [coneResponses, opponents];
  const long = Math.cbrt(m[0] * r + m[1] * g + m[2] * b);
  const medium = Math.cbrt(m[3] * r + m[4] * g + m[5] * b);
  const short = Math.cbrt(m[6] * r + m[7] * g + m[8] * b);
  return [
    n[0] * long + n[1] * medium + n[2] * short,
    n[3] * long + n[4] * medium + n[5] * short,
    n[6] * long + n[7] * medium + n[8] * short,
  ];
}

/** The sRGB-encoded colour of OKLab: the inverse of {@link oklabOf}; not clipped to [0, 1]. */
export function srgbOfOklab([lightness, a, b]: Vector3): Vector3 {
  const [m, n] = [linearFromCones, conesFromOpponents];
  const long = (n[0] * lightness + n[1] * a + n[2] * b) ** 3;
  const medium = (n[3] * lightness + n[4] * a + n[5] * b) ** 3;
  const short = (n[6] * lightness + n[7] * a + n[8] * b) ** 3;
  return [
    linearToSrgb(m[0] * long + m[1] * medium + m[2] * short),
    linearToSrgb(m[3] * long + m[4] * medium + m[5] * short),
    linearToSrgb(m[6] * long + m[7] * medium + m[8] * short),
  ];
}

/**
 * A picture in OKLab.
 *
 * @returns planes of L, a and b, `[3, h, w]`
 */
export function toOklab({ data }: Raster): Float32Array {
  return mapColours(data, oklabOf);
}

/**
 * A picture from OKLab; the inverse of {@link toOklab}.
 *
 * @param lab - planes of L, a and b, `[3, h, w]`
 * @returns planes of red, green and blue, sRGB-encoded; colours that sRGB does not have lie outside
 *   [0, 1]
 */
export function fromOklab(lab: Float32Array): Float32Array {
  return mapColours(lab, srgbOfOklab);
}

/** Another colour for each pixel of three planes, in new memory. */
export function mapColours(
  planes: Float32Array,
  change: (colour: Vector3, pixel: number) => Vector3,
): Float32Array<ArrayBuffer> {
  const area = planes.length / 3;
  const result = new Float32Array(planes.length);
  for (let i = 0; i < area; i++) {
    const [x, y, z] = change([planes[i]!, planes[area + i]!, planes[2 * area + i]!], i);
    result[i] = x;
    result[area + i] = y;
    result[2 * area + i] = z;
  }
  return result;
}
