import { OptionError } from "../errors.ts";

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * A picture as numbers: planar RGB, sRGB-encoded values in [0, 1].
 */
export interface Raster {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** `[3, height, width]`, row-major: all of red, then green, then blue. */
  readonly data: Float32Array;
  /** Opacity in [0, 1], `[height, width]`; opaque where left out. */
  readonly alpha?: Float32Array;
}

/** What is let pass beyond 0 and 1: filters overshoot, and pictures in 0…255 do so by far. */
const [lowest, highest] = [-1, 2];

/**
 * Looks in one pass whether something is a picture, at the door of whatever works with one: numbers that are
 * not finite would come out as such after all the work, and 0…255 would paint white.
 *
 * @param what - what it is called in messages: `the photo`
 * @throws {OptionError} if it is none, its sizes do not fit each other, or its values are not those of a picture
 */
export function expectRaster(picture: unknown, what = "the picture"): asserts picture is Raster {
  const wrong = (problem: string): OptionError =>
    new OptionError(
      `${what} ${problem}: expected { width, height, data }, data a Float32Array of red, green and blue planes in 0…1.`,
    );
  if (typeof picture !== "object" || picture === null) throw wrong("is none");
  const { width, height, data, alpha } = picture as Partial<Raster>;
  const isSide = (side: unknown): boolean => Number.isInteger(side) && (side as number) >= 1;
  if (!(data instanceof Float32Array)) throw wrong("has no Float32Array as data");
  if (!isSide(width) || !isSide(height))
    throw wrong(`has the size ${String(width)}×${String(height)}`);
  const area = width! * height!;
  if (data.length !== 3 * area)
    throw wrong(
      `has ${data.length} numbers, ${width!}×${height!} px have ${3 * area} in three planes`,
    );
  if (alpha !== undefined && !(alpha instanceof Float32Array && alpha.length === area))
    throw wrong(`has an alpha that is no Float32Array of ${area} numbers`);
  for (const plane of alpha === undefined ? [data] : [data, alpha]) {
    const at = firstOutside(plane);
    if (at >= 0) throw wrong(`has values such as ${plane[at]!}`);
  }
}

/** The place of the first number that is none of a picture; −1 where there is none. */
function firstOutside(values: Float32Array): number {
  for (let i = 0; i < values.length; i++)
    // NaN is neither.
    if (!(values[i]! >= lowest && values[i]! <= highest)) return i;
  return -1;
}

/**
 * A picture of the same proportions whose longer side has the given length.
 *
 * @param longSide - pixels, at least 1
 * @returns whole numbers, the shorter side rounded to the nearest and at least 1
 */
export function fitLongSide(
  { width, height }: Pick<Raster, "width" | "height">,
  longSide: number,
): { width: number; height: number } {
  const scale = longSide / Math.max(width, height);
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}

/** Whether a picture has the proportions of another size, to a pixel of that size. */
export function hasProportions(
  picture: Pick<Raster, "width" | "height">,
  { width, height }: Pick<Raster, "width" | "height">,
): boolean {
  const fitted = fitLongSide(picture, Math.max(width, height));
  return Math.abs(fitted.width - width) <= 1 && Math.abs(fitted.height - height) <= 1;
}
