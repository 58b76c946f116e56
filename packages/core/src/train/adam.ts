import { constant, ops, type Value } from "@deepstyle/engine";

/** Decay of the averages of gradient and squared gradient, as published. */
const [decay1, decay2] = [0.9, 0.999] as const;
const smallest = 1e-8;

/** One tensor that is trained, with Adam's two averages. */
export interface AdamState {
  readonly value: Value;
  /** Running average of the gradient. */
  readonly first: Value;
  /** Running average of the squared gradient. */
  readonly second: Value;
}

/**
 * One step of Adam as a graph, so that weights and averages never leave the device.
 *
 * Source: Kingma, Ba 2015, algorithm 1, in the form of its section 2 that puts both corrections of
 * the averages into two numbers for the step.
 *
 * @param rate - from {@link adamRates}, `[]`
 * @param epsilon - from {@link adamRates}, `[]`
 */
export function adamStep(
  { value, first, second }: AdamState,
  gradient: Value,
  rate: Value,
  epsilon: Value,
): AdamState {
  const mix = (average: Value, sample: Value, decay: number): Value =>
    ops.add(ops.mul(average, constant(decay)), ops.mul(sample, constant(1 - decay)));
  const nextFirst = mix(first, gradient, decay1);
  const nextSecond = mix(second, ops.mul(gradient, gradient), decay2);
  const change = ops.div(nextFirst, ops.add(ops.sqrt(nextSecond), epsilon));
  return {
    value: ops.sub(value, ops.mul(change, rate)),
    first: nextFirst,
    second: nextSecond,
  };
}

/**
 * The two numbers that {@link adamStep} needs for a step.
 *
 * @param learningRate - step size
 * @param step - 1 for the first
 */
export function adamRates(learningRate: number, step: number): { rate: number; epsilon: number } {
  const root = Math.sqrt(1 - decay2 ** step);
  return { rate: (learningRate * root) / (1 - decay1 ** step), epsilon: smallest * root };
}
