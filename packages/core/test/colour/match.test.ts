import { describe, expect, test } from "vitest";
import {
  apply3,
  identity3,
  inverse3,
  multiply3,
  symmetricEigen3,
  transpose3,
  type Matrix3,
  type Vector3,
} from "../../src/colour/matrix3.ts";
import {
  colourMap,
  colourMatchings,
  matchColours,
  type ColourMatching,
} from "../../src/colour/match.ts";
import { colourMoments, gaussianDistance, type ColourMoments } from "../../src/colour/moments.ts";
import type { Raster } from "../../src/image/raster.ts";
import { picture } from "../pictures.ts";

/** Pictures of little contrast around grey, so that nothing is clipped. */
function quiet(raster: Raster, contrast: Vector3): Raster {
  const area = raster.data.length / 3;
  const data = raster.data.map((value, i) => 0.5 + contrast[Math.floor(i / area)]! * (value - 0.5));
  return { ...raster, data };
}

const painting = quiet(picture({ width: 24, height: 17 }, 1), [0.3, 0.2, 0.4]);
const photo = quiet(picture({ width: 19, height: 21 }, 2), [0.2, 0.4, 0.3]);

const spread: Matrix3 = [4, 1, 0.5, 1, 3, -0.7, 0.5, -0.7, 2];
const wanted: Matrix3 = [1, -0.2, 0.1, -0.2, 2, 0.3, 0.1, 0.3, 0.5];
const from: ColourMoments = { mean: [0.2, 0.5, 0.6], covariance: spread };
const to: ColourMoments = { mean: [0.4, 0.1, 0.3], covariance: wanted };
const exactly = { regulariser: 0 };

/** Largest difference of two lists of numbers. */
function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
}

/** A Σ Aᵀ: the covariance after a linear map. */
function pushed(map: Matrix3, covariance: Matrix3): Matrix3 {
  return multiply3(multiply3(map, covariance), transpose3(map));
}

describe("the eigen-decomposition", () => {
  test("puts the matrix together again, with orthogonal vectors", () => {
    const { values, vectors } = symmetricEigen3(spread);
    const diagonal: Matrix3 = [values[0], 0, 0, 0, values[1], 0, 0, 0, values[2]];
    expect(distance(pushed(vectors, diagonal), spread)).toBeLessThan(1e-14);
    expect(distance(multiply3(vectors, transpose3(vectors)), identity3)).toBeLessThan(1e-14);
  });

  test("of [2 1; 1 2] has 1 and 3, by hand", () => {
    const { values } = symmetricEigen3([2, 1, 0, 1, 2, 0, 0, 0, 7]);
    expect(
      distance(
        values.toSorted((a, b) => a - b),
        [1, 3, 7],
      ),
    ).toBeLessThan(1e-14);
  });
});

describe("moments", () => {
  test("of two pixels are their middle and half their distance squared", () => {
    const two = { width: 2, height: 1, data: Float32Array.of(0, 1, 0.5, 0.5, 1, 0.5) };
    const { mean, covariance } = colourMoments(two);
    expect(mean).toEqual([0.5, 0.5, 0.75]);
    expect(covariance).toEqual([0.25, 0, -0.125, 0, 0, 0, -0.125, 0, 0.0625]);
  });

  test("do not see what is transparent", () => {
    const data = Float32Array.of(0.2, 1, 0.4, 1, 0.6, 0);
    const alpha = Float32Array.of(0.5, 0);
    const { mean, covariance } = colourMoments({ width: 2, height: 1, data, alpha });
    expect(distance(mean, [0.2, 0.4, 0.6])).toBeLessThan(1e-7);
    expect(covariance.every((value) => value === 0)).toBe(true);
    const none = { width: 2, height: 1, data, alpha: new Float32Array(2) };
    expect(() => colourMoments(none)).toThrow("not all transparent");
  });

  test("the distance of N(0, I) and N(0, 4 I) in three directions is √3", () => {
    const plain: ColourMoments = { mean: [0, 0, 0], covariance: identity3 };
    const wide: ColourMoments = { mean: [0, 0, 0], covariance: [4, 0, 0, 0, 4, 0, 0, 0, 4] };
    expect(gaussianDistance(plain, wide)).toBeCloseTo(Math.sqrt(3), 12);
    // Rounding of 1e-16 in the squares.
    expect(gaussianDistance(from, from)).toBeLessThan(1e-7);
  });
});

describe.each(colourMatchings)("matching by %s", (matching: ColourMatching) => {
  test("gives a painting the photo's mean and covariance", () => {
    const matched = matchColours(painting, photo, { matching, ...exactly });
    const [a, b] = [colourMoments(matched), colourMoments(photo)];
    expect(Math.min(...matched.data)).toBeGreaterThan(0);
    expect(Math.max(...matched.data)).toBeLessThan(1);
    expect(distance(a.mean, b.mean)).toBeLessThan(1e-7);
    expect(distance(a.covariance, b.covariance)).toBeLessThan(1e-7);
  });

  test("with a share of 0 changes nothing", () => {
    const { matrix, offset } = colourMap(from, to, { matching, share: 0 });
    expect(matrix).toEqual(identity3);
    expect(distance(offset, [0, 0, 0])).toBeLessThan(1e-15);
  });

  test("stays in [0, 1] and keeps the painting's transparency", () => {
    const wild = picture({ width: 12, height: 10 }, 3);
    const alpha = new Float32Array(120).fill(0.5);
    const black = { ...wild, data: wild.data.map((value) => value ** 6) };
    const matched = matchColours({ ...wild, alpha }, black, { matching });
    expect(matched.data.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(matched.alpha).toBe(alpha);
  });

  test("of a grey painting needs the regulariser", () => {
    const grey = { width: 2, height: 1, data: Float32Array.of(0, 1, 0, 1, 0, 1) };
    expect(() => matchColours(grey, photo, { matching, ...exactly })).toThrow("regulariser");
    expect(matchColours(grey, photo, { matching }).data.every(Number.isFinite)).toBe(true);
  });
});

describe("the map", () => {
  const mapBy = (matching: ColourMatching): Matrix3 =>
    colourMap(from, to, { matching, ...exactly }).matrix;
  /** How far colours move on average: tr((A − I) Σ (A − I)ᵀ). */
  const effort = (map: Matrix3): number => {
    const moved = pushed(
      map.map((value, i) => value - identity3[i]!) as unknown as Matrix3,
      spread,
    );
    return moved[0] + moved[4] + moved[8];
  };

  test("of sym alone is symmetric, and moves colours least, by the Wasserstein distance", () => {
    const [sym, pca, cholesky] = [mapBy("sym"), mapBy("pca"), mapBy("cholesky")];
    expect(distance(sym, transpose3(sym))).toBeLessThan(1e-14);
    expect(symmetricEigen3(sym).values.every((value) => value > 0)).toBe(true);
    expect(distance(pca, transpose3(pca))).toBeGreaterThan(1e-3);
    expect(effort(sym)).toBeLessThan(Math.min(effort(pca), effort(cholesky)));
    const centred = gaussianDistance({ ...from, mean: [0, 0, 0] }, { ...to, mean: [0, 0, 0] });
    expect(effort(sym)).toBeCloseTo(centred ** 2, 12);
  });

  test("of cholesky is lower triangular", () => {
    const map = mapBy("cholesky");
    expect(distance([map[1], map[2], map[5]], [0, 0, 0])).toBeLessThan(1e-15);
  });

  test("of sym and pca does not depend on the axes of colour space, that of cholesky does", () => {
    const { vectors } = symmetricEigen3([1, 2, 3, 2, -1, 0.5, 3, 0.5, 0]); // any rotation
    const turned = ({ mean, covariance }: ColourMoments): ColourMoments => ({
      mean: apply3(vectors, mean),
      covariance: pushed(vectors, covariance),
    });
    const difference = (matching: ColourMatching): number => {
      const { matrix } = colourMap(turned(from), turned(to), { matching, ...exactly });
      return distance(pushed(inverse3(vectors), matrix), mapBy(matching));
    };
    expect(difference("sym")).toBeLessThan(1e-13);
    expect(difference("pca")).toBeLessThan(1e-13);
    expect(difference("cholesky")).toBeGreaterThan(1e-2);
  });

  test.each([0.25, 0.5, 0.8])(
    "of sym leaves the rest of the distance at a share of %d",
    (share) => {
      const { matrix, offset } = colourMap(from, to, { share, ...exactly });
      const reached: ColourMoments = {
        mean: apply3(matrix, from.mean).map((value, i) => value + offset[i]!) as unknown as Vector3,
        covariance: pushed(matrix, spread),
      };
      const whole = gaussianDistance(from, to);
      expect(gaussianDistance(from, reached)).toBeCloseTo(share * whole, 12);
      expect(gaussianDistance(reached, to)).toBeCloseTo((1 - share) * whole, 12);
    },
  );

  test("refuses options out of their range in one line", () => {
    expect(() => colourMap(from, to, { share: 1.5 })).toThrow(
      "share: expected a number from 0 to 1, got 1.5.",
    );
    expect(() => colourMap(from, to, { regulariser: -1 })).toThrow(
      "regulariser: expected a number from 0 up, got -1.",
    );
  });
});
