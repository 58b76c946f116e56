import { seededRandom } from "@deepstyle/engine";
import type { Raster } from "./raster.ts";
import { smoothPlanes } from "./smooth.ts";

/** Deviation of the grain in steps of 1/255 where nothing else is asked for. */
export const usualGrain = 2;

/** The most that can be asked for. */
export const largestGrain = 64;

/** Side in pixels of the blocks of JPEG, and of the cells in which a photo is looked at. */
const cell = 8;

/** Deviations in a cell up to which it is calm, and from which on it is not. */
const calmDeviations = [2.5 / 255, 4.5 / 255] as const;

/** Pixels between the numbers of the grain, which makes it about 7 px broad: finer becomes a mesh, broader blots. */
const grainStep = 3;

/**
 * Of the deviation of random numbers, what is left: smoothing twice by 1 2 1 leaves 35/128 of the variance along each
 * axis, and interpolation at none, a third and two thirds of the way between numbers that correlate by 0.8 leaves
 * 127/135 of that.
 */
const grainDeviation = (35 / 128) * (127 / 135);

/** Numbers on a grid. */
interface Grid {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/**
 * A photo whose calm parts have a grain of their own in place of what noise and JPEG left there. A network finds
 * its strokes in what varies, and makes much of little: of a sky the borders of JPEG's blocks, as a canvas of 8 px, and
 * where nothing varies at all it paints nothing. From an even grain it paints strokes.
 *
 * A cell of 8×8 px is calm where it and its neighbours vary by less than about 3/255 about a slope. There pixels
 * become the interpolated means of cells, which have no block's border left in them, and a smooth random grain, grey
 * and always the same. Edges and what lies within a cell of them stay as they are.
 *
 * Source: this project's own.
 *
 * @param deviation - of the grain, in steps of 1/255; with 0 the photo is returned as it is
 * @returns a photo of the same size, in new memory; values can leave [0, 1] by the grain
 */
export function withGrain(photo: Raster, deviation = usualGrain): Raster {
  if (deviation === 0) return photo;
  const { width, height } = photo;
  const pixels = width * height;
  const data = photo.data.slice();
  const { means, variances } = cellsOf(photo);
  const calm = drawnOut(calmness(variances), width, cell);
  const colours = means.map((grid) => drawnOut(grid, width, cell));
  const grain = drawnOut(grainFor(photo, deviation / 255), width, grainStep);
  for (let y = 0; y < height; y++) {
    const [share, rough] = [calm(y), grain(y)];
    for (const [c, colour] of colours.entries()) {
      const smooth = colour(y);
      const row = data.subarray(c * pixels + y * width, c * pixels + (y + 1) * width);
      for (let x = 0; x < width; x++) row[x]! += share[x]! * (smooth[x]! + rough[x]! - row[x]!);
    }
  }
  return { ...photo, data };
}

/** Mean of each colour in each cell, and the variance about a slope of that which varies most. */
function cellsOf({ width, height, data }: Raster): {
  readonly means: readonly Grid[];
  readonly variances: Grid;
} {
  const size = { width: Math.ceil(width / cell), height: Math.ceil(height / cell) };
  const empty = (): Grid => ({ ...size, data: new Float32Array(size.width * size.height) });
  const means = [empty(), empty(), empty()];
  const variances = empty();
  for (const [c, mean] of means.entries()) {
    const plane = data.subarray(c * width * height, (c + 1) * width * height);
    for (let i = 0; i < mean.data.length; i++) {
      const [left, top] = [cell * (i % size.width), cell * Math.floor(i / size.width)];
      const [right, bottom] = [Math.min(left + cell, width), Math.min(top + cell, height)];
      const [columns, rows] = [right - left, bottom - top];
      const [middleX, middleY] = [left + (columns - 1) / 2, top + (rows - 1) / 2];
      // Sums of differences from one of the pixels: squares of the values would leave nothing of small variances.
      const origin = plane[top * width + left]!;
      let [sum, squares, across, down] = [0, 0, 0, 0];
      for (let y = top; y < bottom; y++)
        for (let x = left; x < right; x++) {
          const difference = plane[y * width + x]! - origin;
          sum += difference;
          squares += difference * difference;
          across += difference * (x - middleX);
          down += difference * (y - middleY);
        }
      const count = columns * rows;
      const sloping = slopeShare(across / count, columns) + slopeShare(down / count, rows);
      const variance = squares / count - (sum / count) ** 2 - sloping;
      mean.data[i] = origin + sum / count;
      variances.data[i] = Math.max(variances.data[i]!, variance);
    }
  }
  return { means, variances };
}

/** What a slope makes of the variance along `length` pixels, by the covariance with their positions. */
function slopeShare(covariance: number, length: number): number {
  return length === 1 ? 0 : (12 * covariance ** 2) / (length ** 2 - 1);
}

/** From 0 to 1, by the largest variance among a cell and its eight neighbours: no edge is blurred. */
function calmness({ width, height, data }: Grid): Grid {
  const calm = new Float32Array(data.length);
  const [still, restless] = calmDeviations;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let most = 0;
      for (let v = Math.max(0, y - 1); v < Math.min(height, y + 2); v++)
        for (let u = Math.max(0, x - 1); u < Math.min(width, x + 2); u++)
          most = Math.max(most, data[v * width + u]!);
      const share = (restless - Math.sqrt(most)) / (restless - still);
      calm[y * width + x] = Math.min(1, Math.max(0, share));
    }
  return { width, height, data: calm };
}

/** Smooth random numbers for a picture. */
function grainFor({ width, height }: Raster, deviation: number): Grid {
  const random = seededRandom(0);
  const size = { width: Math.ceil(width / grainStep), height: Math.ceil(height / grainStep) };
  const data = new Float32Array(size.width * size.height);
  for (let i = 0; i < data.length; i++) data[i] = (deviation / grainDeviation) * random.normal();
  smoothPlanes(data, size);
  smoothPlanes(data, size);
  return { ...size, data };
}

/**
 * A grid drawn out over a picture by bilinear interpolation, its outermost numbers repeated: what `resizePlanes` does
 * with `triangle`, row by row, as whole planes would take 20 bytes for each pixel of a large photo.
 *
 * @param step - pixels from one number to the next; the first lies in the middle of that many
 * @returns gives rows of the picture, each in the memory of the one before
 */
function drawnOut(grid: Grid, width: number, step: number): (y: number) => Float32Array {
  const place = (pixel: number, count: number): { readonly at: number; readonly share: number } => {
    const exact = Math.min(Math.max((pixel + 0.5) / step - 0.5, 0), count - 1);
    const at = Math.min(Math.floor(exact), Math.max(0, count - 2));
    return { at, share: exact - at };
  };
  const columns = Array.from({ length: width }, (_, x) => place(x, grid.width));
  const first = Int32Array.from(columns, ({ at }) => at);
  const shares = Float32Array.from(columns, ({ share }) => share);
  const line = new Float32Array(grid.width + 1);
  const row = new Float32Array(width);
  return (y) => {
    const { at, share } = place(y, grid.height);
    const above = at * grid.width;
    const below = Math.min(at + 1, grid.height - 1) * grid.width;
    for (let i = 0; i < grid.width; i++)
      line[i] = (1 - share) * grid.data[above + i]! + share * grid.data[below + i]!;
    for (let x = 0; x < width; x++) {
      const [left, part] = [first[x]!, shares[x]!];
      row[x] = line[left]! + part * (line[left + 1]! - line[left]!);
    }
    return row;
  };
}
