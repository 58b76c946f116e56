// Arithmetic on 3×3 matrices in float64, for colours: row by row, nine numbers.

import { symmetricEigen } from "../algebra/matrices.ts";
import { OptionError } from "../errors.ts";

/** Three numbers, such as a colour. */
export type Vector3 = readonly [number, number, number];

/** A 3×3 matrix, row by row. */
export type Matrix3 = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
];

/** The matrix that changes nothing. */
export const identity3: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/** Matrix product A B. */
export function multiply3(a: Matrix3, b: Matrix3): Matrix3 {
  return matrixOf(
    (i, j) => at(a, i, 0) * at(b, 0, j) + at(a, i, 1) * at(b, 1, j) + at(a, i, 2) * at(b, 2, j),
  );
}

/** Rows become columns. */
export function transpose3(a: Matrix3): Matrix3 {
  return matrixOf((i, j) => at(a, j, i));
}

/** Matrix times column. */
export function apply3(a: Matrix3, [x, y, z]: Vector3): Vector3 {
  return [
    a[0] * x + a[1] * y + a[2] * z,
    a[3] * x + a[4] * y + a[5] * z,
    a[6] * x + a[7] * y + a[8] * z,
  ];
}

/** (1 − share) A + share B. */
export function mix3(a: Matrix3, b: Matrix3, share: number): Matrix3 {
  return matrixOf((i, j) => (1 - share) * at(a, i, j) + share * at(b, i, j));
}

/** A + value · I. */
export function addToDiagonal3(a: Matrix3, value: number): Matrix3 {
  return matrixOf((i, j) => at(a, i, j) + (i === j ? value : 0));
}

/** The inverse, by cofactors. @throws {OptionError} if there is none */
export function inverse3(a: Matrix3): Matrix3 {
  const cofactor = (i: number, j: number): number => {
    const [r, s] = [(i + 1) % 3, (i + 2) % 3];
    const [c, d] = [(j + 1) % 3, (j + 2) % 3];
    return at(a, r, c) * at(a, s, d) - at(a, r, d) * at(a, s, c);
  };
  const determinant = a[0] * cofactor(0, 0) + a[1] * cofactor(0, 1) + a[2] * cofactor(0, 2);
  if (determinant === 0) throw new OptionError(`the matrix [${a.join(", ")}] has no inverse.`);
  return matrixOf((i, j) => cofactor(j, i) / determinant);
}

/**
 * Lower triangular L with L Lᵀ = A (Cholesky).
 *
 * @param a - symmetric
 * @throws {OptionError} if A is not positive definite
 */
export function cholesky3(a: Matrix3): Matrix3 {
  const positive = (square: number): number => {
    if (square > 0) return Math.sqrt(square);
    throw notPositive(square);
  };
  const l00 = positive(a[0]);
  const l10 = a[3] / l00;
  const l20 = a[6] / l00;
  const l11 = positive(a[4] - l10 * l10);
  const l21 = (a[7] - l20 * l10) / l11;
  const l22 = positive(a[8] - l20 * l20 - l21 * l21);
  return [l00, 0, 0, l10, l11, 0, l20, l21, l22];
}

/** Eigenvalues and eigenvectors of a symmetric matrix. */
export interface Eigen3 {
  /** Largest first. */
  readonly values: Vector3;
  /** Orthogonal; column k belongs to value k. */
  readonly vectors: Matrix3;
}

/** Eigenvalues and eigenvectors of a symmetric matrix, to float64's accuracy. */
export function symmetricEigen3(a: Matrix3): Eigen3 {
  const { values, vectors } = symmetricEigen(Float64Array.from(a), 3, 0);
  return {
    values: [values[0]!, values[1]!, values[2]!],
    vectors: matrixOf((i, k) => vectors[3 * k + i]!),
  };
}

/**
 * A function of a symmetric matrix: V f(D) Vᵀ for A = V D Vᵀ. With a square root as `f` this is the
 * symmetric root.
 */
export function symmetricFunction3(a: Matrix3, f: (eigenvalue: number) => number): Matrix3 {
  const { values, vectors } = symmetricEigen3(a);
  const [x, y, z] = values.map(f) as [number, number, number];
  return multiply3(multiply3(vectors, [x, 0, 0, 0, y, 0, 0, 0, z]), transpose3(vectors));
}

/**
 * The symmetric square root of a positive semi-definite matrix; eigenvalues that rounding has made
 * negative count as 0.
 */
export function squareRoot3(a: Matrix3): Matrix3 {
  return symmetricFunction3(a, (value) => Math.sqrt(Math.max(value, 0)));
}

/** The inverse of the symmetric square root. @throws {OptionError} if A is not positive definite */
export function inverseSquareRoot3(a: Matrix3): Matrix3 {
  const rounding = 1e-15 * (a[0] + a[4] + a[8]);
  return symmetricFunction3(a, (value) => {
    if (value > rounding) return 1 / Math.sqrt(value);
    throw notPositive(value);
  });
}

function notPositive(value: number): OptionError {
  return new OptionError(
    `colours must spread in all three directions, but one has a variance of ${value}: give regulariser a number above 0.`,
  );
}

function at(a: Matrix3, row: number, column: number): number {
  return a[3 * row + column]!;
}

function matrixOf(element: (row: number, column: number) => number): Matrix3 {
  return Array.from({ length: 9 }, (_, i) =>
    element(Math.floor(i / 3), i % 3),
  ) as unknown as Matrix3;
}
