import { constant, ops, tensor, type Tensor, type Value } from "@deepstyle/engine";
import { networkLayers } from "./architecture.ts";
import type { SingleStyleNetwork } from "./mixture.ts";
import { constantValues } from "./networkFile.ts";
import { conditionalInstanceNorm, type Normalise } from "./normalise.ts";
import { transformer } from "./transformer.ts";

/**
 * What a network's instance normalisation takes off the feature maps of a picture and divides them by.
 *
 * @param image - RGB in [0, 1], `[1, 3, h, w]`
 * @returns mean and variance of each channel before each normalisation, `down1.mean` and `down1.variance`, `[c]`, and
 *   so on
 */
export function statisticsOf(
  { architecture, weights }: SingleStyleNetwork,
  image: Value,
): Record<string, Value> {
  const statistics: Record<string, Value> = {};
  const normalise = conditionalInstanceNorm(constant(tensor([1], [1, 1])));
  const measured: Normalise = (x, layer, values) => {
    const { name, outputs } = layer;
    const mean = ops.reduceMean(x, { axes: [2, 3], keepDims: true });
    const difference = ops.sub(x, mean);
    const variance = ops.reduceMean(ops.mul(difference, difference), { axes: [2, 3] });
    statistics[`${name}.mean`] = ops.reshape(mean, [outputs]);
    statistics[`${name}.variance`] = ops.reshape(variance, [outputs]);
    return normalise(x, layer, values);
  };
  transformer(architecture, image, constantValues({ architecture, weights }), measured);
  return statistics;
}

/**
 * The network with statistics of one picture in place of each picture's own: of that picture it makes the same, of
 * others what it would make of them as parts of the first. What moves in a film then changes nothing elsewhere, and
 * where zeros lie beyond the edges a runtime computes everything inside convolutions, in half of the time.
 *
 * Its form is that of a network with batch normalisation, whose running averages are the statistics.
 *
 * Source: this project's own, after batch normalisation in use (Ioffe and Szegedy 2015, algorithm 2).
 *
 * @param network - one with instance normalisation
 * @param statistics - {@link statisticsOf} the picture, computed
 */
export function holdStatistics<N extends SingleStyleNetwork>(
  network: N,
  statistics: Readonly<Record<string, Tensor>>,
): N {
  const names = networkLayers(network.architecture)
    .filter(({ normalised }) => normalised)
    .flatMap(({ name }) => [`${name}.mean`, `${name}.variance`]);
  const held = names.map((name) => [name, statistics[name]!.data as Float32Array] as const);
  return {
    ...network,
    architecture: { ...network.architecture, norm: "batch" },
    weights: new Map([...network.weights, ...held]),
  };
}
