import type { Area } from "./area.ts";
import type { Raster } from "./raster.ts";
import { resizePlanes } from "./resize.ts";

/** How much each pixel of a picture counts. */
export interface Mask {
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
  /** `[height, width]`, from 0, not at all, to 1, in full. */
  readonly data: Float32Array;
}

/**
 * A picture as a mask: white counts in full, black and transparent not at all, grey in between. Of colours
 * the mean of red, green and blue is taken.
 */
export function maskOf({ width, height, data, alpha }: Raster): Mask {
  const pixels = width * height;
  const weights = Float32Array.from({ length: pixels }, (_, i) => {
    const grey = (data[i]! + data[i + pixels]! + data[i + 2 * pixels]!) / 3;
    return grey * (alpha?.[i] ?? 1);
  });
  return { width, height, data: weights };
}

/** Where a picture is opaque; undefined if that is everywhere. */
export function opacityOf({ width, height, alpha }: Omit<Raster, "data">): Mask | undefined {
  if (alpha?.some((opacity) => opacity < 1) !== true) return undefined;
  // Filters with negative lobes leave the range.
  return { width, height, data: alpha.map((opacity) => Math.min(Math.max(opacity, 0), 1)) };
}

/** The smallest rectangle with everything that is not black; undefined for an empty mask. */
export function boundsOf({ width, height, data }: Mask): Area | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!(data[y * width + x]! > 0)) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), y + 1];
    }
  return right === 0
    ? undefined
    : { rows: { from: top, to: bottom }, columns: { from: left, to: right } };
}

/** A mask at another size, by the means of the areas that its new pixels cover. */
export function resizeMask(mask: Mask, { width, height }: Omit<Mask, "data">): Mask {
  return { width, height, data: resizePlanes(mask.data, mask, { width, height }, "area") };
}

/** Mean weight: the share of the picture that the mask covers. */
export function shareOf({ data }: Mask): number {
  return data.reduce((sum, weight) => sum + weight, 0) / data.length;
}

/**
 * Over how many positions a weighted mean is in effect taken, (Σw)² / Σw²: as many as are white, and
 * fewer where some weigh more than others; 0 for an empty mask (Kish 1965).
 */
export function positionsOf({ data }: Mask): number {
  const sum = data.reduce((total, weight) => total + weight, 0);
  const squares = data.reduce((total, weight) => total + weight * weight, 0);
  return squares === 0 ? 0 : (sum * sum) / squares;
}
