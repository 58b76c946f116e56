import { ops, type Value } from "@deepstyle/engine";
import type { Mean } from "./loss.ts";

/**
 * Pixel loss: mean squared difference of two images.
 *
 * @param image - `[n, c, h, w]`
 * @param reference - of the same shape
 * @param mean - how means over positions are taken
 *
 * Source: Johnson, Alahi, Fei-Fei 2016, section 3.2, "simple loss functions".
 */
export function pixelLoss(image: Value, reference: Value, mean: Mean = ops.reduceMean): Value {
  const difference = ops.sub(image, reference);
  return mean(ops.mul(difference, difference));
}
