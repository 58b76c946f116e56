import { networkLayers, type Architecture, type NetworkLayer } from "./architecture.ts";
import { scaleOf } from "./receptiveField.ts";

/**
 * The layers of a network that are worked through together when a picture is painted in tiles. With
 * statistics that are known beforehand, all of them; else single ones, but for pairs between which the
 * maps are the largest: the last two, and the first two of a `still` network.
 */
export function networkParts(architecture: Architecture): readonly (readonly NetworkLayer[])[] {
  const layers = networkLayers(architecture);
  const { kind, norm, padding } = architecture;
  // The mean of what goes into a layer is known when all of it is there.
  if (padding === "mean") return layers.map((layer) => [layer]);
  if (norm === "batch") return [layers];
  const first = kind === "still" ? 2 : 1;
  const inner = layers.slice(first, -2);
  return [layers.slice(0, first), ...inner.map((layer) => [layer]), layers.slice(-2)];
}

/** Side of a layer's result relative to the picture's: 1, 1/2 or 1/4. */
export function scaleAfter(architecture: Architecture, { name }: NetworkLayer): number {
  const layers = networkLayers(architecture);
  return scaleOf(layers.slice(0, layers.findIndex((layer) => layer.name === name) + 1));
}
