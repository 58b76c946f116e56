import type { Size } from "../image/raster.ts";
import type { Mask } from "../image/mask.ts";
import { guideAt } from "../methods/guide.ts";
import type { Architecture } from "../nets/architecture.ts";
import { marginOf } from "../nets/padding.ts";

/** How much each position of a network's map of some size counts: weights with a mean of 1. */
export type PositionWeights = (size: Size) => Mask;

/**
 * How much positions of a network's maps count in the statistics of a picture: as much as they are visible.
 *
 * @param opacity - of the picture, not 0 everywhere
 */
export function positionWeights(architecture: Architecture, opacity: Mask): PositionWeights {
  const wide = withMarginAround(opacity, marginOf(architecture));
  const known = new Map<string, Mask>();
  return ({ width, height }) => {
    const key = `${width}×${height}`;
    const weights = known.get(key) ?? guideAt(wide, { width, height });
    known.set(key, weights);
    return weights;
  };
}

/** Planes with their edge repeated around them. */
export function withMarginAround({ width, height, data }: Mask, margin: number): Mask {
  if (margin === 0) return { width, height, data };
  const wide = width + 2 * margin;
  const high = height + 2 * margin;
  const planes = data.length / (width * height);
  const result = new Float32Array(planes * wide * high);
  const within = (index: number, size: number): number => Math.min(Math.max(index, 0), size - 1);
  for (let c = 0; c < planes; c++) {
    for (let y = 0; y < high; y++) {
      const source = (c * height + within(y - margin, height)) * width;
      const target = (c * high + y) * wide;
      for (let x = 0; x < wide; x++) result[target + x] = data[source + within(x - margin, width)]!;
    }
  }
  return { width: wide, height: high, data: result };
}
