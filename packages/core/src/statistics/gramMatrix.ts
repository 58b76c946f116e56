import { constant, isStatic, ops, ShapeError, formatShape, type Value } from "@deepstyle/engine";

/**
 * Gram matrix of a feature map: how strongly channels fire together, positions forgotten.
 *
 * G[i, j] = Σ_p F[i, p] F[j, p] / (h·w), with p over positions.
 *
 * @param features - activations, `[n, c, h, w]`
 * @param weights - how much each position counts, `[1, 1, h, w]` with a mean of 1; G[i, j] is then
 *   Σ_p w[p] F[i, p] F[j, p] / (h·w), the guided Gram matrix of Gatys et al. 2017, "Controlling Perceptual
 *   Factors", with guidance channels √w
 * @returns `[n, c, c]`, symmetric, positive semi-definite
 * @throws {ShapeError} if `features` is not of rank 4 and known size
 *
 * Source: Gatys, Ecker, Bethge 2016, eq. 3. Departure: divided by h·w, so that pictures of different
 * sizes can be compared; the paper's constant 1/(4 N² M²) is then 1/(4 N²), see gramLoss.
 */
export function gramMatrix(features: Value, weights?: Value): Value {
  const guided = weights === undefined ? features : ops.mul(features, ops.sqrt(weights));
  const { rows, positions } = matrixOf(guided);
  return ops.mul(ops.gram(rows), constant(1 / positions));
}

/** A feature map as a matrix, one row for each channel, `[n, c, h·w]`. */
export function matrixOf(features: Value): { rows: Value; positions: number } {
  const { shape } = features;
  if (shape.length !== 4 || !isStatic(shape))
    throw new ShapeError(`features must be [n, c, h, w] of known size; got ${formatShape(shape)}.`);
  const [n, c, h, w] = shape as readonly [number, number, number, number];
  return { rows: ops.reshape(features, [n, c, h * w]), positions: h * w };
}
