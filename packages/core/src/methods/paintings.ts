// Paintings as they are looked at for a picture of some size.

import type { Encoder } from "../encoders/encoder.ts";
import { fitLongSide, type Raster } from "../image/raster.ts";
import { resize, type ResizeFilter } from "../image/resize.ts";

/** A painting and its share in the style. */
export interface StyleSource {
  /** What is transparent does not count. */
  readonly picture: Raster;
  /** Shares of all styles sum to 1. */
  readonly weight: number;
  /** Its longer side relative to that of the picture that is made; never enlarged. 1 if left out. */
  readonly scale?: number;
  /** How it is resized; `triangle` if left out. */
  readonly filter?: ResizeFilter;
}

/** The ruler's filter: what is optimised and what is measured see the same pixels. */
export const modelFilter = "triangle";

/**
 * Shorter side in pixels that a painting is enlarged to if need be: two positions at the deepest of
 * layers, as one has no spread.
 */
export function smallestPainting(encoder: Encoder, layers: readonly string[]): number {
  return 2 * Math.max(...layers.map((layer) => encoder.stride(layer)));
}

/** A painting as large as it is looked at for a picture, or as it is where that is smaller. */
export function seenAt(
  longSide: number,
  smallest: number,
  { picture, scale = 1, filter = modelFilter }: StyleSource,
): Raster {
  const wanted = longSide * scale;
  const size = fitLongSide(picture, Math.min(wanted, Math.max(picture.width, picture.height)));
  const factor = Math.max(1, smallest / Math.min(size.width, size.height));
  const width = Math.round(size.width * factor);
  const height = Math.round(size.height * factor);
  return width === picture.width && height === picture.height
    ? picture
    : resize(picture, { width, height }, filter);
}
