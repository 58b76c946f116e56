import { OptionError } from "../errors.ts";
import type { Raster } from "./raster.ts";
import { resampled } from "./resample.ts";

/** Weights of the pixels around a sampling point, along one axis. */
interface Taps {
  /** Pixels from the one below the point to the first that counts. */
  readonly first: number;
  /** Weights of the pixels from there on, for a point `t` in [0, 1) after the pixel below it. */
  readonly weights: (t: number) => readonly number[];
}

const filters = {
  /** Bilinear. */
  triangle: { first: 0, weights: (t) => [1 - t, t] },
  /** Keys 1981 with a = −1/2, as in `resize`. */
  bicubic: {
    first: -1,
    weights: (t) => [
      ((-0.5 * t + 1) * t - 0.5) * t,
      (1.5 * t - 2.5) * t * t + 1,
      ((-1.5 * t + 2) * t + 0.5) * t,
      (0.5 * t - 0.5) * t * t,
    ],
  },
} as const satisfies Readonly<Record<string, Taps>>;

/** A way to sample between pixels; see {@link rotate}. */
export type RotateFilter = keyof typeof filters;

/**
 * A picture turned clockwise and cut to the largest rectangle of its proportions that is all picture:
 * no corner is filled with anything.
 *
 * Multiples of 90° only move pixels. For others the picture is first turned by the nearest of them,
 * which may exchange its sides, then by the rest of at most 45°; the cut has the proportions of the
 * picture so turned. A pixel stays as large as it was, so that strokes keep their width and no finer
 * pattern can turn into a coarse one; the result is smaller instead. A colour counts as much as it is
 * opaque; see `resampled`. Samples are clipped to [0, 1]; next to an edge its own pixels are repeated.
 *
 * The cut: s w × s h at the middle, turned by θ, reaches s (w |cos θ| + h |sin θ|) / 2 across and
 * s (w |sin θ| + h |cos θ|) / 2 down, which may be w / 2 and h / 2. So s = 1 / (|cos θ| + r |sin θ|), r
 * being the longer side over the shorter. No other place has room for more: with a rectangle its mirror
 * image in the middle lies within the picture, and so does the mean of both, which is at the middle.
 *
 * @param degrees - clockwise, any finite number
 * @param filter - default `bicubic`
 * @returns whole sides, rounded down, at least 1
 * @throws {OptionError} if `degrees` is not finite
 */
export function rotate(raster: Raster, degrees: number, filter: RotateFilter = "bicubic"): Raster {
  if (!Number.isFinite(degrees))
    throw new OptionError(`degrees: expected a finite number, got ${degrees}.`);
  // 45° is not taken for a right angle and a turn back: the sides stay.
  const quarters = Math.sign(degrees) * Math.ceil(Math.abs(degrees) / 90 - 0.5);
  const turned = quarterTurns(raster, ((quarters % 4) + 4) % 4);
  const rest = degrees - 90 * quarters;
  if (rest === 0) return turned;
  const { width, height } = turned;
  const angle = (rest * Math.PI) / 180;
  const ratio = Math.max(width, height) / Math.min(width, height);
  const scale = 1 / (Math.cos(angle) + ratio * Math.abs(Math.sin(angle)));
  const size = {
    width: Math.max(1, Math.floor(scale * width)),
    height: Math.max(1, Math.floor(scale * height)),
  };
  const sample = (planes: Float32Array): Float32Array =>
    turnedPlanes(planes, turned, size, angle, filters[filter]);
  return resampled(turned, size, sample);
}

/** A picture turned clockwise by a number of right angles, 0 to 3. */
function quarterTurns(raster: Raster, count: number): Raster {
  const { width, height, data, alpha } = raster;
  const [newWidth, newHeight] = count % 2 === 0 ? [width, height] : [height, width];
  const origin = (x: number, y: number): number => {
    switch (count) {
      case 0:
        return y * width + x;
      case 1:
        return (height - 1 - x) * width + y;
      case 2:
        return (height - 1 - y) * width + width - 1 - x;
      default:
        return x * width + width - 1 - y;
    }
  };
  const area = width * height;
  const move = (planes: Float32Array): Float32Array =>
    planes.map((_, i) => {
      const p = i % area;
      return planes[i - p + origin(p % newWidth, Math.floor(p / newWidth))]!;
    });
  return {
    width: newWidth,
    height: newHeight,
    data: move(data),
    ...(alpha && { alpha: move(alpha) }),
  };
}

/** Planes sampled on a grid at their middle, turned by an angle. */
function turnedPlanes(
  planes: Float32Array,
  from: Pick<Raster, "width" | "height">,
  to: Pick<Raster, "width" | "height">,
  angle: number,
  { first, weights }: Taps,
): Float32Array {
  const [area, newArea] = [from.width * from.height, to.width * to.height];
  const result = new Float32Array((planes.length / area) * newArea);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const within = (at: number, length: number): number => Math.min(Math.max(at, 0), length - 1);
  for (let i = 0; i < newArea; i++) {
    // Pixel centres lie at halves. What is turned clockwise is looked up counterclockwise.
    const right = (i % to.width) + 0.5 - to.width / 2;
    const down = Math.floor(i / to.width) + 0.5 - to.height / 2;
    const x = from.width / 2 + cos * right + sin * down - 0.5;
    const y = from.height / 2 - sin * right + cos * down - 0.5;
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [across, along] = [weights(x - left), weights(y - top)];
    for (let plane = 0; plane * area < planes.length; plane++) {
      let sum = 0;
      for (const [v, rowWeight] of along.entries()) {
        const row = plane * area + within(top + first + v, from.height) * from.width;
        for (const [u, weight] of across.entries())
          sum += rowWeight * weight * planes[row + within(left + first + u, from.width)]!;
      }
      result[plane * newArea + i] = Math.min(Math.max(sum, 0), 1);
    }
  }
  return result;
}
