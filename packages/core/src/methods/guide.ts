// Guided statistics: means over positions that weigh differently.

import { input, ops, tensor, type Feeds, type Tensor, type Value } from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import { positionsOf, resizeMask, shareOf, type Mask } from "../image/mask.ts";
import type { Mean, Values } from "../losses/loss.ts";
import type { Criterion, FeatureTerm, ImageTerm } from "./criterion.ts";

/** What of a term says where it looks. */
type Guided = Pick<FeatureTerm, "name" | "loss" | "guide">;

/**
 * A criterion that looks only where a mask is white: all terms, but for those that have a guide already.
 *
 * @param mask - everywhere if left out, or where nothing is white
 */
export function guidedCriterion(criterion: Criterion, mask: Mask | undefined): Criterion {
  if (mask === undefined || !(shareOf(mask) > 0)) return criterion;
  const { features, image } = criterion;
  return {
    features: features.map((term) => ({ guide: mask, ...term })),
    image: image.map((term) => ({ guide: mask, ...term })),
  };
}

/**
 * The statistic of a term at a layer, with the positions' weights as an input where the term has a guide.
 *
 * @param map - what it is taken of, `[1, c, h, w]`
 */
export function guidedStatistic(term: Guided, layer: string, map: Value): Values {
  if (term.guide === undefined) return term.loss.statistic(map);
  return term.loss.statistic(map, guideInput(term, layer, map));
}

/**
 * Means over maps of an image term, in the order in which it takes them, with the positions' weights as inputs
 * where the term has a guide.
 *
 * @param mean - how means are taken of maps that are weighted already
 */
export function guidedMean(term: Pick<ImageTerm, "name" | "guide">, mean: Mean): Mean {
  if (term.guide === undefined) return mean;
  let taken = 0;
  return (map) => mean(ops.mul(map, guideInput(term, String(taken++), map)));
}

function guideInput(term: Pick<FeatureTerm, "name">, of: string, map: Value): Value {
  const [, , height, width] = map.shape as readonly [number, number, number, number];
  return input(guideName(term, of), [1, 1, height, width]);
}

/**
 * Weights of a layer's positions: area means of the mask, divided by their mean. A mean over positions that
 * are multiplied with them is the mean over the region, whatever its area.
 *
 * @returns weights with a mean of 1
 * @throws {OptionError} if the mask is empty
 */
export function guideAt(mask: Mask, size: Omit<Mask, "data">): Mask {
  const { width, height, data } = resizeMask(mask, size);
  const share = shareOf({ width, height, data });
  if (!(share > 0))
    throw new OptionError("a mask that is black everywhere has no style: paint its region white.");
  return { width, height, data: data.map((weight) => weight / share) };
}

/**
 * The guides of terms for a program that looks at whole pictures.
 *
 * @param inputs - those of the program, which say how many positions a layer has
 */
export function guidesFor(
  { features, image }: Criterion,
  inputs: Readonly<Record<string, { readonly shape: readonly unknown[] }>>,
): Feeds {
  const guides: Record<string, Tensor> = {};
  for (const term of [...features, ...image]) {
    if (term.guide === undefined) continue;
    for (const name of Object.keys(inputs).filter((name) => name.startsWith(guideName(term, "")))) {
      const [, , height, width] = inputs[name]!.shape as readonly number[];
      guides[name] = guideTensor(guideAt(term.guide, { width: width!, height: height! }));
    }
  }
  return guides;
}

/** Weights as they are fed. */
export function guideTensor({ width, height, data }: Mask): Tensor {
  return tensor(data, [1, 1, height, width]);
}

/**
 * The name of weights among the inputs of an objective.
 *
 * @param of - a layer, or the number of a map that an image term takes the mean of
 */
export function guideName({ name }: Pick<FeatureTerm, "name">, of: string): string {
  return `guide.${name}.${of}`;
}

/** Below two positions there is no spread. */
const fewestPositions = 2;

/**
 * Whether a mask has positions enough for statistics where an encoder's layer has one for each `stride`
 * by `stride` pixels.
 */
export function isSeen(mask: Mask, stride: number): boolean {
  const positions = (pixels: number): number => Math.max(1, Math.floor(pixels / stride));
  const size = { width: positions(mask.width), height: positions(mask.height) };
  return positionsOf(resizeMask(mask, size)) >= fewestPositions;
}
