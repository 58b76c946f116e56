import { dreamLoss } from "../losses/dream.ts";
import type { FeatureTerm } from "./criterion.ts";

const prefix = "dream ";

/**
 * The terms of a dream, one for each layer or channel.
 *
 * @param targets - weights by `layer` or `layer:channel`, as options hold them
 * @param weight - multiplies all of them
 */
export function dreamTerms(
  targets: Readonly<Record<string, number>>,
  weight: number,
): FeatureTerm[] {
  return Object.entries(targets).map(([target, share]) => {
    const [layer, channel] = target.split(":") as [string, string?];
    return {
      name: prefix + target,
      weight,
      layers: { [layer]: share },
      loss: dreamLoss(channel === undefined ? undefined : Number(channel)),
    };
  });
}

/** The sum of the terms of {@link dreamTerms} among losses by name; 0 where there are none. */
export function dreamLossAmong(terms: Readonly<Record<string, number>>): number {
  return Object.entries(terms)
    .filter(([name]) => name.startsWith(prefix))
    .reduce((sum, [, loss]) => sum + loss, 0);
}
