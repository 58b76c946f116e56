import { createGraph, evaluate, gradient, input, type Dense } from "@deepstyle/engine";
import type { FeatureLoss } from "../../src/losses/loss.ts";

/** Factors such as 1 / n are float32 numbers in a graph, even where it is computed in float64. */
export const constantsAccuracy = 1e-7;

/** A loss of features against those of a model, and its gradient by the features, in float64. */
export function evaluateLoss(
  loss: FeatureLoss,
  features: Dense,
  model: Dense,
): { loss: number; gradient: Float64Array } {
  const [x, of] = [input("x", features.shape), input("model", model.shape)];
  const target = loss.statistic(of);
  const value = loss.compare(loss.statistic(x), loss.target?.(target) ?? target);
  const [slope] = gradient(value, [x]);
  const result = evaluate(createGraph({ value, slope: slope! }), { x: features, model });
  return { loss: result.value.data[0]!, gradient: result.slope.data };
}

/** The gradient of a loss by central differences. */
export function differences(loss: FeatureLoss, features: Dense, model: Dense): Float64Array {
  const step = 1e-4;
  return features.data.map((value, i) => {
    const at = (moved: number): number =>
      evaluateLoss(loss, { ...features, data: features.data.with(i, moved) }, model).loss;
    return (at(value + step) - at(value - step)) / (2 * step);
  });
}
