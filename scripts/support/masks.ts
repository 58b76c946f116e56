import type { Raster } from "deepstyle";

/**
 * A mask drawn by a formula.
 *
 * @param weight - from 0, black, to 1, white, at a place from (0, 0) to (1, 1), top left to bottom right
 */
export function drawMask(
  { width, height }: Pick<Raster, "width" | "height">,
  weight: (x: number, y: number) => number,
): Raster {
  const plane = Float32Array.from({ length: width * height }, (_, i) =>
    weight(((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height),
  );
  const data = new Float32Array(3 * plane.length);
  for (let channel = 0; channel < 3; channel++) data.set(plane, channel * plane.length);
  return { width, height, data };
}

/** White above a height and black below, with an edge that is soft over a share of the whole. */
export function above(
  size: Pick<Raster, "width" | "height">,
  height: number,
  soft: number,
): Raster {
  return drawMask(size, (_, y) =>
    soft === 0 ? Number(y < height) : Math.min(Math.max(0.5 + (height - y) / soft, 0), 1),
  );
}
