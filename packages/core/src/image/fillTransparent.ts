import type { Raster } from "./raster.ts";

/**
 * From this opacity on a pixel keeps its colour. Below it is mixed with what is around: of a pixel that is hardly
 * there many programs keep a colour of a few steps.
 */
const enough = 1 / 16;

/** Colours, and how much of each is known. */
interface Level {
  readonly width: number;
  readonly height: number;
  /** `[3, height, width]`; worked in. */
  readonly data: Float32Array;
  /** `[height, width]`, from 0 to 1. */
  readonly known: Float32Array;
}

/**
 * A picture whose transparent pixels have the colours of what is visible nearest to them, so that nothing that
 * looks at it sees what is behind. Transparency stays as it is.
 *
 * Colours are averaged to half the size again and again, each by how much of it is known, and from the smallest
 * size on gaps are filled with the interpolated colours of the next smaller one. Where nothing is visible at all,
 * the picture is grey.
 *
 * Source: Gortler et al. 1996, "The Lumigraph", section 3.4 (pull-push).
 *
 * @returns the picture itself if it is opaque; otherwise new memory
 */
export function fillTransparent<Picture extends Raster>(picture: Picture): Picture {
  const { width, height, alpha } = picture;
  if (alpha?.some((opacity) => opacity < enough) !== true) return picture;
  const known = alpha.map((opacity) => Math.min(Math.max(opacity / enough, 0), 1));
  const data = picture.data.slice();
  fillGaps({ width, height, data, known });
  return { ...picture, data };
}

function fillGaps(level: Level): void {
  const { width, height, data, known } = level;
  if (width === 1 && height === 1) {
    if (known[0] === 0) data.fill(0.5);
    return;
  }
  const smaller = halved(level);
  fillGaps(smaller);
  const pixels = width * height;
  const [columns, rows] = [smaller.width, smaller.height];
  for (let y = 0; y < height; y++) {
    const [above, below] = neighbours(y, rows);
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const share = known[at]!;
      if (share === 1) continue;
      const [left, right] = neighbours(x, columns);
      for (let c = 0; c < 3; c++) {
        const start = c * columns * rows;
        const [high, low] = [start + above * columns, start + below * columns];
        const colour =
          0.75 * (0.75 * smaller.data[high + left]! + 0.25 * smaller.data[high + right]!) +
          0.25 * (0.75 * smaller.data[low + left]! + 0.25 * smaller.data[low + right]!);
        const i = c * pixels + at;
        data[i] = colour + share * (data[i]! - colour);
      }
    }
  }
}

/** Of half as many pixels, the one that a pixel lies in, and the one that it lies next to. */
function neighbours(pixel: number, count: number): readonly [number, number] {
  const within = pixel >> 1;
  const beside = pixel % 2 === 0 ? within - 1 : within + 1;
  return [within, Math.min(Math.max(beside, 0), count - 1)];
}

/** Means of blocks of 2×2 pixels, by how much of each is known. Known is what is known of any. */
function halved({ width, height, data, known }: Level): Level {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const smaller = new Float32Array(3 * columns * rows);
  const sums = new Float32Array(columns * rows);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const share = known[y * width + x]!;
      if (share === 0) continue;
      const target = (y >> 1) * columns + (x >> 1);
      sums[target]! += share;
      for (let c = 0; c < 3; c++)
        smaller[c * columns * rows + target]! += share * data[(c * height + y) * width + x]!;
    }
  for (let i = 0; i < smaller.length; i++) {
    const sum = sums[i % sums.length]!;
    if (sum > 0) smaller[i]! /= sum;
  }
  return {
    width: columns,
    height: rows,
    data: smaller,
    known: sums.map((sum) => Math.min(sum, 1)),
  };
}
