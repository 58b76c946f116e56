import { constant, ops, type Value } from "@deepstyle/engine";
import type { Mean } from "./loss.ts";

// Weights of the squared differences to the right, below, and along the two diagonals.
const directions = [
  { rows: 0, columns: 1, weight: 1 / 3 },
  { rows: 1, columns: 0, weight: 1 / 3 },
  { rows: 1, columns: 1, weight: 1 / 12 },
  { rows: 1, columns: -1, weight: 1 / 12 },
];

/**
 * Total variation over eight neighbours, squared: 2 [mean dx²/3 + mean dy²/3 + mean d↘²/12 + mean
 * d↙²/12], the edge repeated. A ramp of slope a has a², whichever way it runs.
 *
 * @param image - `[n, c, h, w]`, known size
 * @param mean - how means over positions are taken
 *
 * Source: crowsonkb/style-transfer-pytorch, TVLoss, after Johnson et al. 2016.
 */
export function totalVariation(image: Value, mean: Mean = ops.reduceMean): Value {
  const [, , h, w] = image.shape as readonly [number, number, number, number];
  const padded = ops.pad(image, { pads: [0, 1, 1, 1], mode: "replicate" });
  const terms = directions.map(({ rows, columns, weight }) => {
    const neighbour = ops.slice(padded, {
      starts: [rows, 1 + columns],
      ends: [rows + h, 1 + columns + w],
      axes: [2, 3],
    });
    const difference = ops.sub(neighbour, image);
    return ops.mul(mean(ops.mul(difference, difference)), constant(2 * weight));
  });
  return terms.reduce((sum, term) => ops.add(sum, term));
}
