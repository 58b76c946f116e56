import { ops, type Value } from "@deepstyle/engine";
import type { Mask } from "../image/mask.ts";
import type { FeatureLoss, Mean } from "../losses/loss.ts";

/** A loss on features of several layers: content, style. */
export interface FeatureTerm {
  /** What the term is called in traces: `content`, `style`. */
  readonly name: string;
  /** Multiplies the sum over layers. */
  readonly weight: number;
  /** Weight of each layer inside the sum. */
  readonly layers: Readonly<Record<string, number>>;
  readonly loss: FeatureLoss;
  /** Where in the picture the statistic is taken: grey parts count in part. Everywhere if left out. */
  readonly guide?: Mask;
}

/** A loss on the picture itself: total variation, pixel loss. */
export interface ImageTerm {
  readonly name: string;
  readonly weight: number;
  /** The picture that it is compared with, the photo or a reference; none if left out. */
  readonly model?: "content" | "reference";
  /** Where in the picture means are taken: grey parts count in part. Everywhere if left out. */
  readonly guide?: Mask;
  /**
   * A scalar from an image `[1, 3, h, w]` and its model of the same shape, where there is one.
   *
   * @param mean - takes the mean over positions of maps made from the image
   */
  build(image: Value, mean: Mean, model?: Value): Value;
}

/** Everything that is minimised: a weighted sum of terms. */
export interface Criterion {
  readonly features: readonly FeatureTerm[];
  readonly image: readonly ImageTerm[];
}

/** The criterion as a tree that a person can read. */
export function printCriterion({ features, image }: Criterion): string {
  return [
    "sum",
    ...features.flatMap(({ name, weight, layers, loss }) => [
      `  ${weight} × ${name} (${loss.name})`,
      ...Object.entries(layers).map(([layer, share]) => `    ${share} × ${layer}`),
    ]),
    ...image.map(({ name, weight }) => `  ${weight} × ${name}`),
  ].join("\n");
}

/** Layers that the criterion looks at. */
export function layersOf({ features }: Criterion): string[] {
  return [...new Set(features.flatMap(({ layers }) => Object.keys(layers)))];
}

/** Sum of scalars, each with a weight. */
export function weightedSum(terms: readonly { weight: Value; loss: Value }[]): Value {
  const [first, ...others] = terms.map(({ weight, loss }) => ops.mul(weight, loss));
  return others.reduce(ops.add, first!);
}
