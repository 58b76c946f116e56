import { ops, type Value } from "@deepstyle/engine";

/**
 * Pixel loss: mean squared difference of two images.
 *
 * @param image - `[n, c, h, w]`
 * @param reference - of the same shape
 *
 * Source: Johnson, Alahi, Fei-Fei 2016, section 3.2, "simple loss functions".
 */
export function pixelLoss(image: Value, reference: Value): Value {
  const difference = ops.sub(image, reference);
  return ops.reduceMean(ops.mul(difference, difference));
}
