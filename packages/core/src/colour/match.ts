import { OptionError } from "../errors.ts";
import type { Raster } from "../image/raster.ts";
import {
  addToDiagonal3,
  apply3,
  cholesky3,
  identity3,
  inverse3,
  inverseSquareRoot3,
  mix3,
  multiply3,
  squareRoot3,
  type Matrix3,
  type Vector3,
} from "./matrix3.ts";
import { colourMoments, type ColourMoments } from "./moments.ts";
import { mapColours } from "./oklab.ts";

/** Ways to map colours onto others; see {@link matchColours}. */
export const colourMatchings = ["sym", "pca", "cholesky"] as const;

/** One of {@link colourMatchings}. */
export type ColourMatching = (typeof colourMatchings)[number];

/** Settings of {@link matchColours}. */
export interface ColourMatchOptions {
  /** `sym` if left out. */
  readonly matching?: ColourMatching;
  /**
   * How far colours go, from 0, which leaves them as they are, to 1, all the way. 1 if left out. Each
   * colour moves in a straight line: for `sym` these are the paths of optimal transport, along which
   * the distance that remains is 1 − share of the whole (McCann 1997); for the others it is a blend of
   * the two pictures.
   */
  readonly share?: number;
  /**
   * Variance that is added to both pictures in every direction of colour. It bounds how much a nearly
   * grey painting can be stretched. 1e-5 if left out, a deviation of 0.8 of 255.
   */
  readonly regulariser?: number;
}

/** A change of colours: x becomes `matrix` · x + `offset`. */
export interface ColourMap {
  readonly matrix: Matrix3;
  readonly offset: Vector3;
}

const matrices: Readonly<Record<ColourMatching, (from: Matrix3, to: Matrix3) => Matrix3>> = {
  sym: (from, to) => {
    const root = squareRoot3(from);
    const inverse = inverseSquareRoot3(from);
    const between = squareRoot3(multiply3(multiply3(root, to), root));
    return multiply3(multiply3(inverse, between), inverse);
  },
  pca: (from, to) => multiply3(squareRoot3(to), inverseSquareRoot3(from)),
  cholesky: (from, to) => multiply3(cholesky3(to), inverse3(cholesky3(from))),
};

/**
 * Gives a painting the mean and covariance of a photo's colours, so that it can be the model of a style
 * that keeps the photo's colours. Strokes keep their contrast of colour.
 *
 * With covariances C of the painting and D of the photo:
 * - `sym`: optimal transport between Gaussians (Monge, Kantorovich), C^−½ (C^½ D C^½)^½ C^−½. The only
 *   one that is symmetric, and the one that moves colours least;
 * - `pca`: symmetric roots, D^½ C^−½;
 * - `cholesky`: triangular roots, L(D) L(C)⁻¹. Depends on the order of the channels: green follows red,
 *   blue follows both.
 *
 * Computed on sRGB-encoded values and clipped to [0, 1], after which the moments hold only nearly.
 * Sizes of the two pictures are free. Transparency is the painting's.
 *
 * Source: Gatys et al. 2016, Preserving Color in Neural Artistic Style Transfer; `sym`: Pitié and
 * Kokaram 2007. The regulariser is that of NeuralImageSynthesis.
 *
 * @throws {OptionError} if an option is out of its range, a picture is transparent everywhere, or
 *   `regulariser` is 0 and the painting's colours do not fill all three directions
 */
export function matchColours(
  painting: Raster,
  photo: Raster,
  options: ColourMatchOptions = {},
): Raster {
  const { matrix, offset } = colourMap(colourMoments(painting), colourMoments(photo), options);
  const data = mapColours(painting.data, (colour) => {
    const [r, g, b] = apply3(matrix, colour);
    return [unit(r + offset[0]), unit(g + offset[1]), unit(b + offset[2])];
  });
  return { ...painting, data };
}

/**
 * The change of colours that {@link matchColours} makes, from the moments of both pictures.
 *
 * @throws {OptionError} as {@link matchColours}
 */
export function colourMap(
  from: ColourMoments,
  to: ColourMoments,
  { matching = "sym", share = 1, regulariser = 1e-5 }: ColourMatchOptions = {},
): ColourMap {
  if (!(share >= 0 && share <= 1))
    throw new OptionError(`share: expected a number from 0 to 1, got ${share}.`);
  if (!(regulariser >= 0 && regulariser < Infinity))
    throw new OptionError(`regulariser: expected a number from 0 up, got ${regulariser}.`);
  const whole = matrices[matching](
    addToDiagonal3(from.covariance, regulariser),
    addToDiagonal3(to.covariance, regulariser),
  );
  const matrix = mix3(identity3, whole, share);
  const moved = apply3(matrix, from.mean);
  const offset = moved.map((value, i) => {
    const mean = from.mean[i]! + share * (to.mean[i]! - from.mean[i]!);
    return mean - value;
  }) as unknown as Vector3;
  return { matrix, offset };
}

function unit(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
