import { constant, ops } from "@deepstyle/engine";
import { OptionError } from "../errors.ts";
import type { FeatureLoss } from "./loss.ts";

/** Against a layer that is silent in the photo. */
const smallestLevel = 1e-12;

/**
 * Dream of one layer: −½ mean F² of all its channels, or of one, relative to mean F² of the photo over
 * all channels. It is −½ at the photo for a whole layer, and falls as what the layer sees in the
 * picture is enhanced.
 *
 * Source: Mordvintsev, Olah, Tyka 2015, "Inceptionism", whose program raises ½ ‖F‖². Departure: a mean
 * in place of a sum, and relative to the photo, so that one weight suits every layer and size.
 *
 * @param channel - index of the channel; all if left out
 */
export function dreamLoss(channel?: number): FeatureLoss {
  return {
    name: channel === undefined ? "dream" : `dream of channel ${channel}`,
    statistic: (features, weights) => {
      const squares = ops.mul(features, features);
      const weighted = weights === undefined ? squares : ops.mul(squares, weights);
      return { energy: ops.reduceMean(weighted, { axes: [2, 3] }) };
    },
    compare: ({ energy }, { energy: photo }) => {
      const channels = energy!.shape[1] as number;
      if (channel !== undefined && channel >= channels)
        throw new OptionError(
          `there is no channel ${channel} in a layer of ${channels}: expected a whole number from 0 to ${channels - 1}.`,
        );
      const meant =
        channel === undefined
          ? energy!
          : ops.slice(energy!, { axes: [1], starts: [channel], ends: [channel + 1] });
      const level = ops.max(ops.reduceMean(photo!), constant(smallestLevel));
      return ops.mul(ops.div(ops.reduceMean(meant), level), constant(-0.5));
    },
  };
}
