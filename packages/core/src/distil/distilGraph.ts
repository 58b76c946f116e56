import {
  constant,
  createGraph,
  gradient,
  input,
  ops,
  type Graph,
  type Value,
} from "@deepstyle/engine";
import type { Encoder, EncoderOptions } from "../encoders/encoder.ts";
import {
  liteConvolutions,
  liteFeatures,
  liteParameters,
  liteTaps,
  type LiteParameter,
  type LiteTap,
  type LiteValues,
} from "../encoders/lite.ts";
import { weightedSum } from "../methods/criterion.ts";
import { adamStep } from "../train/adam.ts";
import { trainingNames } from "../train/trainingGraph.ts";

/** Ways of pooling that lite learns, half of each batch with either. */
export const distilPoolings = ["average", "max"] as const;

/** One of {@link distilPoolings}. */
export type DistilPooling = (typeof distilPoolings)[number];

/** Layers that have something to learn: the first one is VGG-19's own. */
export const learntTaps = liteTaps.slice(1);

/** What a step of distillation is made for. */
export interface DistilPlan {
  /** VGG-19 with each pooling, all normalised for average pooling. */
  readonly teachers: Readonly<Record<DistilPooling, Encoder>>;
  /** Crops a step for each pooling. */
  readonly batch: number;
  /** Side of the crops in pixels. */
  readonly size: number;
  /**
   * `blocks`: from each tap to the next, starting from VGG-19's own features; `whole`: from the image
   * to all taps.
   */
  readonly stage: "blocks" | "whole";
  /** Weight of each tap's loss. */
  readonly layerWeights: Readonly<Record<string, number>>;
}

/** Names of the tensors that a step is fed with. */
export const distilNames = {
  /** Crops for one way of pooling, `[n, 3, s, s]`. */
  images: (pooling: DistilPooling) => `images.${pooling}`,
  /** What squared errors of a channel are multiplied with, `[1, c, 1, 1]`. */
  precision: (pooling: DistilPooling, tap: string) => `precision.${pooling}.${tap}`,
} as const;

/** Above this the sum of squared gradients is no number that a step could be taken with. */
const largestSquare = 1e30;

/** Parameters that are trained: all but those of the first layer, which is VGG-19's own. */
export function distilParameters(): LiteParameter[] {
  const first = liteConvolutions[0]!.name;
  return liteParameters().filter(({ name }) => !name.startsWith(`${first}.`));
}

/** All parameters of lite as inputs. */
export function liteInputs(): LiteValues {
  return Object.fromEntries(
    liteParameters().map(({ name, shape }) => [name, input(trainingNames.parameter(name), shape)]),
  );
}

/**
 * One step of distillation as one graph: lite and VGG-19 on the same crops, losses, gradients by the
 * weights, Adam. Fed with `images.POOLING` `[n, 3, s, s]`, the precisions and the numbers of the step;
 * weights and averages are carried from step to step. Where the gradient is not finite, everything
 * stays as it was.
 *
 * The loss of a layer is the mean over channels of the squared error relative to the channel's
 * variance, 1 − the share of the variance that is met: quiet channels count as much as loud ones.
 * Steps are relative to the size of a tensor, as kernels that sum up thousands of features, none of
 * them negative, must move less than biases (Shazeer, Stern 2018, "Adafactor", section 8).
 *
 * @returns `loss.LAYER` for each layer before its weight, `total`, `squaredNorm` of the gradient, and
 *   `next.…` for each tensor that is carried
 */
export function distilGraph(plan: DistilPlan): Graph {
  const values = liteInputs();
  const { losses, total } = distilLosses(plan, values);
  const outputs: Record<string, Value> = { ...losses };
  const trained = distilParameters();
  const gradients = gradient(
    total,
    trained.map(({ name }) => values[name]!),
  );
  const squaredNorm = gradients.map((g) => ops.reduceSum(ops.mul(g, g))).reduce(ops.add);
  const isFinite = ops.less(squaredNorm, constant(largestSquare));
  const [rate, epsilon] = [input("rate", []), input("epsilon", [])];
  const { parameter, first, second, next } = trainingNames;
  for (const [i, { name, shape }] of trained.entries()) {
    const present = {
      value: values[name]!,
      first: input(first(name), shape),
      second: input(second(name), shape),
    };
    const moved = adamStep(present, gradients[i]!, ops.mul(rate, sizeOf(present.value)), epsilon);
    outputs[next(parameter(name))] = ops.where(isFinite, moved.value, present.value);
    outputs[next(first(name))] = ops.where(isFinite, moved.first, present.first);
    outputs[next(second(name))] = ops.where(isFinite, moved.second, present.second);
  }
  return createGraph({ ...outputs, total, squaredNorm });
}

/**
 * What a step minimises.
 *
 * @param values - parameters of lite
 * @returns `loss.LAYER` for each layer before its weight, a mean over the ways of pooling, and the total
 */
export function distilLosses(
  plan: DistilPlan,
  values: LiteValues,
): { readonly losses: Readonly<Record<string, Value>>; readonly total: Value } {
  const byPooling = distilPoolings.map((pooling) => layerLosses(plan, values, pooling));
  const losses: Record<string, Value> = {};
  const terms = learntTaps.map((tap) => {
    const sum = byPooling.map((found) => found[tap]!).reduce(ops.add);
    const loss = ops.mul(sum, constant(1 / distilPoolings.length));
    losses[`loss.${tap}`] = loss;
    return { weight: constant(plan.layerWeights[tap] ?? 0), loss };
  });
  return { losses, total: weightedSum(terms) };
}

/** A tensor of zeros moves as if its numbers were of this size. */
const smallestSize = 1e-3;

/** Root mean square of a tensor. */
function sizeOf(value: Value): Value {
  return ops.max(ops.sqrt(ops.reduceMean(ops.mul(value, value))), constant(smallestSize));
}

function layerLosses(
  { teachers, batch, size, stage }: DistilPlan,
  values: LiteValues,
  pooling: DistilPooling,
): Record<string, Value> {
  const images = input(distilNames.images(pooling), [batch, 3, size, size]);
  const wanted = teachers[pooling].features(images, liteTaps);
  const options = { pooling, edge: "replicate" } as const;
  const found =
    stage === "whole"
      ? liteFeatures(images, values, learntTaps, options)
      : blockwise(wanted, values, options);
  const entries = learntTaps.map((tap) => {
    const target = wanted[tap];
    const precision = input(distilNames.precision(pooling, tap), [1, target.shape[1]!, 1, 1]);
    const difference = ops.sub(found[tap]!, target);
    const squares = ops.mul(ops.mul(difference, difference), precision);
    return [tap, ops.reduceMean(squares)] as const;
  });
  return Object.fromEntries(entries);
}

/** Each tap from VGG-19's features of the tap before. */
function blockwise(
  wanted: Readonly<Record<LiteTap, Value>>,
  values: LiteValues,
  options: Required<EncoderOptions>,
): Record<string, Value> {
  const entries = learntTaps.map((tap, i) => {
    const after = liteTaps[i]!;
    return [tap, liteFeatures(wanted[after], values, [tap], { ...options, after })[tap]!] as const;
  });
  return Object.fromEntries(entries);
}
