// Matrices of any size in float64, row by row: what least squares and principal components need.

import { ShapeError } from "@deepstyle/engine";

/**
 * Matrix product `[rows, inner] · [inner, columns]`.
 *
 * @returns `[rows, columns]`
 */
export function matrixProduct(
  a: Float64Array,
  b: Float64Array,
  inner: number,
): Float64Array<ArrayBuffer> {
  const [rows, columns] = [a.length / inner, b.length / inner];
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      for (let j = 0; j < columns; j++) result[i * columns + j]! += factor * b[k * columns + j]!;
    }
  return result;
}

/** Rows become columns. @param columns - of `matrix` */
export function transposed(matrix: Float64Array, columns: number): Float64Array<ArrayBuffer> {
  const rows = matrix.length / columns;
  return Float64Array.from(
    { length: matrix.length },
    (_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}

/**
 * Solves A X = B for a symmetric, positive definite A by Cholesky's decomposition.
 *
 * @param matrix - A, `[n, n]`; not changed
 * @param right - B, `[n, m]`; not changed
 * @returns X, `[n, m]`
 * @throws {ShapeError} if A is not positive definite
 */
export function solvePositive(
  matrix: Float64Array,
  right: Float64Array,
  n: number,
): Float64Array<ArrayBuffer> {
  const lower = cholesky(matrix, n);
  const m = right.length / n;
  const x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, i, x, k, lower[i * n + k]!, m);
    scaleRow(x, i, 1 / lower[i * n + i]!, m);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractRow(x, i, x, k, lower[k * n + i]!, m);
    scaleRow(x, i, 1 / lower[i * n + i]!, m);
  }
  return x;
}

/** L with L Lᵀ = A; above the diagonal are zeros. */
function cholesky(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i !== j) lower[i * n + j] = sum / lower[j * n + j]!;
      else if (sum > 0) lower[i * n + i] = Math.sqrt(sum);
      else
        throw new ShapeError(
          `the matrix must be positive definite; pivot ${i} of ${n} is ${sum}. Add to its diagonal.`,
        );
    }
  }
  return lower;
}

function subtractRow(
  target: Float64Array,
  row: number,
  source: Float64Array,
  from: number,
  factor: number,
  m: number,
): void {
  for (let c = 0; c < m; c++) target[row * m + c]! -= factor * source[from * m + c]!;
}

function scaleRow(target: Float64Array, row: number, factor: number, m: number): void {
  for (let c = 0; c < m; c++) target[row * m + c]! *= factor;
}

/** Eigenvalues, largest first, and their vectors. */
export interface Eigen {
  readonly values: Float64Array;
  /** Row k is the vector of value k, of length 1. */
  readonly vectors: Float64Array;
}

/** Sweeps over all pairs of axes; convergence is quadratic, ten are plenty for float64. */
const mostSweeps = 30;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations.
 *
 * Source: Golub, Van Loan, "Matrix Computations", section 8.5.
 *
 * @param matrix - `[n, n]`; not changed
 * @param tolerance - off-diagonal part, relative to the whole, at which rotations end; far below float32 if
 *   left out, 0 for all of float64's accuracy
 */
export function symmetricEigen(matrix: Float64Array, n: number, tolerance = 1e-10): Eigen {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const whole = Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += 2 * a[p * n + q]! ** 2;
    if (Math.sqrt(off) <= tolerance * whole) break;
    for (let p = 1; p < n; p++) for (let q = 0; q < p; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => a[j * n + j]! - a[i * n + i]!,
  );
  const vectors = new Float64Array(n * n);
  for (const [k, i] of order.entries()) vectors.set(v.subarray(i * n, (i + 1) * n), k * n);
  return { values: Float64Array.from(order, (i) => a[i * n + i]!), vectors };
}

/** Makes element (p, q) zero by a rotation of both axes; rows of `v` rotate along. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  const [app, aqq] = [a[p * n + p]!, a[q * n + q]!];
  if (Math.abs(apq) <= 1e-18 * (Math.abs(app) + Math.abs(aqq))) return;
  const tau = (aqq - app) / (2 * apq);
  const t = (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  const [rp, rq] = [p * n, q * n];
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[rp + k]!, a[rq + k]!];
    a[rp + k] = c * x - s * y;
    a[rq + k] = s * x + c * y;
    const [vx, vy] = [v[rp + k]!, v[rq + k]!];
    v[rp + k] = c * vx - s * vy;
    v[rq + k] = s * vx + c * vy;
  }
  // The columns are the rows again, but for the two by two where both meet.
  for (let k = 0; k < n; k++) {
    a[k * n + p] = a[rp + k]!;
    a[k * n + q] = a[rq + k]!;
  }
  a[rp + p] = app - t * apq;
  a[rq + q] = aqq + t * apq;
  a[rp + q] = 0;
  a[rq + p] = 0;
}
