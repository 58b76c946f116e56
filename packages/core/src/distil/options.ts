import { constant, cosine, warmUp } from "../optimisers/schedule.ts";
import {
  closed,
  defineOptions,
  layerWeights,
  names,
  number,
  wholeNumber,
  type OptionValues,
} from "../options/option.ts";

/** Every option of distillation: meaning, unit, range and default, once. */
export const distilOptions = defineOptions("distillation", {
  stage: closed(
    names(["blocks", "whole"]),
    "blocks: each part of the network from VGG-19's own features; whole: from the picture on",
    "name",
    "whole",
  ),
  size: closed(wholeNumber(32, 1024), "side of the crops", "px", 128),
  batch: closed(
    wholeNumber(1, 64),
    "crops a step for each way of pooling, average and max",
    "number",
    4,
  ),
  iterations: closed(wholeNumber(1, 100_000), "updates of the weights", "number", 4000),
  learningRate: closed(
    number(1e-9, 1),
    "step size of Adam, relative to the size of the numbers of a tensor",
    "number",
    1e-3,
  ),
  warmup: closed(
    wholeNumber(0, 100_000),
    "updates in which the step size rises to its full height",
    "number",
    50,
  ),
  schedule: closed(
    names(["constant", "cosine"]),
    "course of the step size: the same throughout, or falling to 0 at the end",
    "name",
    "cosine",
  ),
  layerWeights: closed(layerWeights, "layers that are learnt", "name[:weight],…", {
    relu2_1: 1,
    relu3_1: 1,
    relu4_1: 1,
    relu4_2: 1,
    relu5_1: 1,
  }),
  startCrops: closed(
    wholeNumber(16, 4096),
    "crops that the weights to start from are computed on",
    "number",
    96,
  ),
  seed: closed(
    wholeNumber(0, 4294967295),
    "start of the random numbers: same seed, same machine, same network",
    "number",
    0,
  ),
});

/** Options of distillation with defaults filled in. Plain JSON. */
export type DistilOptions = OptionValues<typeof distilOptions>;

/** Step size after `iteration` updates. */
export function distilRate(options: DistilOptions, iteration: number): number {
  const { learningRate, warmup: steps, iterations } = options;
  const course = options.schedule === "cosine" ? cosine() : constant();
  const whole = steps === 0 ? course : warmUp({ steps, then: course });
  return learningRate * whole(iteration, iterations);
}
