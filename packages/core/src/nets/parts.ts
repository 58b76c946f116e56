import { networkLayers, type Architecture, type NetworkLayer } from "./architecture.ts";
import { resultLength } from "./receptiveField.ts";

/**
 * The layers of a network that are worked through together when a picture is painted in tiles. With
 * statistics that are known beforehand, all of them; else single ones, but for two pairs between
 * which the maps are at full size.
 */
export function networkParts(architecture: Architecture): readonly (readonly NetworkLayer[])[] {
  const layers = networkLayers(architecture);
  const { kind, norm, padding } = architecture;
  // The mean of what goes into a layer is known when all of it is there.
  if (padding === "mean") return layers.map((layer) => [layer]);
  if (norm === "batch") return [layers];
  if (kind === "video") return layers.map((layer) => [layer]);
  const [down1, down2, ...others] = layers;
  const inner = others.slice(0, -2);
  return [[down1!, down2!], ...inner.map((layer) => [layer]), others.slice(-2)];
}

/** Side of a layer's result relative to the picture's: 1, 1/2 or 1/4. */
export function scaleAfter(architecture: Architecture, { name }: NetworkLayer): number {
  const layers = networkLayers(architecture);
  const sofar = layers.slice(0, layers.findIndex((layer) => layer.name === name) + 1);
  // Of any length that all strides divide.
  return resultLength(architecture, sofar, 64) / 64;
}
