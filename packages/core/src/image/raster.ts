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
