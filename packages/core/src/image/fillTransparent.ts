import type { Raster } from "./raster.ts";

/**
 * From this opacity on a pixel keeps its colour. Below it is mixed with what is around: of a pixel that is hardly
 * there many programs keep a colour of a few steps.
 */
const enough = 1 / 16;

/** Below half a step of 8 bits nothing is there. */
const nothing = 1 / 512;

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
  return filled(picture, (opacity) =>
    opacity < nothing ? 0 : opacity < enough ? opacity / enough : 1,
  );
}

/**
 * The same of a finished picture: only pixels of which nothing is visible change, whatever faint ones there are.
 *
 * @returns the picture itself if there are none; otherwise new memory
 */
export function fillInvisible<Picture extends Raster>(picture: Picture): Picture {
  return filled(picture, (opacity) => (opacity < nothing ? 0 : 1));
}

/** @param knownOf - how much of a colour is known, from 0 to 1, by its opacity */
function filled<Picture extends Raster>(
  picture: Picture,
  knownOf: (opacity: number) => number,
): Picture {
  const { width, height, alpha } = picture;
  const known = alpha?.map(knownOf);
  if (known?.some((share) => share < 1) !== true) return picture;
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
  const beside = Int32Array.from({ length: width }, (_, x) => besideOf(x, smaller.width));
  for (let c = 0; c < 3; c++) {
    const coarse = smaller.data.subarray(c * smaller.known.length, (c + 1) * smaller.known.length);
    for (let y = 0; y < height; y++) {
      const own = (y >> 1) * smaller.width;
      const other = besideOf(y, smaller.height) * smaller.width;
      for (let x = 0; x < width; x++) {
        const share = known[y * width + x]!;
        if (share === 1) continue;
        const within = x >> 1;
        const next = beside[x]!;
        const colour =
          0.75 * (0.75 * coarse[own + within]! + 0.25 * coarse[own + next]!) +
          0.25 * (0.75 * coarse[other + within]! + 0.25 * coarse[other + next]!);
        const at = (c * height + y) * width + x;
        data[at] = colour + share * (data[at]! - colour);
      }
    }
  }
}

/** Of half as many pixels, the one that a pixel lies next to, the one that it lies in being half its number. */
function besideOf(pixel: number, count: number): number {
  const beside = (pixel >> 1) + (pixel % 2 === 0 ? -1 : 1);
  return Math.min(Math.max(beside, 0), count - 1);
}

/** Means of blocks of 2×2 pixels, by how much of each is known. Known is what is known of any. */
function halved({ width, height, data, known }: Level): Level {
  const [columns, rows] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const pixels = columns * rows;
  const sums = new Float32Array(pixels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) sums[(y >> 1) * columns + (x >> 1)]! += known[y * width + x]!;
  const smaller = new Float32Array(3 * pixels);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      const target = c * pixels + (y >> 1) * columns;
      for (let x = 0; x < width; x++) {
        const share = known[y * width + x]!;
        if (share > 0) smaller[target + (x >> 1)]! += share * data[(c * height + y) * width + x]!;
      }
    }
    for (let i = 0; i < pixels; i++) if (sums[i]! > 0) smaller[c * pixels + i]! /= sums[i]!;
  }
  return {
    width: columns,
    height: rows,
    data: smaller,
    known: sums.map((sum) => Math.min(sum, 1)),
  };
}
