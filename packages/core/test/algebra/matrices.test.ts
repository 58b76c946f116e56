import { seededRandom } from "@deepstyle/engine";
import { expect, test } from "vitest";
import {
  matrixProduct,
  solvePositive,
  symmetricEigen,
  transposed,
} from "../../src/algebra/matrices.ts";
import { relativeError } from "../numbers.ts";

const n = 24;
const random = new Float64Array(n * n);
seededRandom(1).fillNormal(random);
const symmetric = matrixProduct(random, transposed(random, n), n);

test("a product and a transpose by hand", () => {
  const [a, b] = [Float64Array.of(1, 2, 3, 4, 5, 6), Float64Array.of(1, 0, 2, 1, 0, 3)];
  expect([...transposed(a, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
  expect([...matrixProduct(a, b, 3)]).toEqual([5, 11, 14, 23]);
});

test("a solution times its matrix is the right side", () => {
  const right = random.slice(0, 3 * n);
  const solution = solvePositive(symmetric, right, n);
  expect(relativeError(matrixProduct(symmetric, solution, n), right)).toBeLessThan(1e-9);
});

test("a matrix that is not positive definite is refused", () => {
  expect(() => solvePositive(Float64Array.of(1, 2, 2, 1), new Float64Array(2), 2)).toThrow(
    "must be positive definite",
  );
});

test("eigenvalues fall, and with their orthonormal vectors give the matrix again", () => {
  const { values, vectors } = symmetricEigen(symmetric, n);
  expect([...values]).toEqual([...values].sort((a, b) => b - a));
  const scaled = vectors.map((x, i) => x * values[Math.floor(i / n)]!);
  const again = matrixProduct(transposed(vectors, n), scaled, n);
  expect(relativeError(again, symmetric)).toBeLessThan(1e-12);
  const identity = Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));
  const products = matrixProduct(vectors, transposed(vectors, n), n);
  expect(relativeError(products, identity)).toBeLessThan(1e-12);
});
