import type { Value } from "@deepstyle/engine";
import { expectLayers, type Encoder } from "./encoder.ts";

/**
 * Several networks as one encoder, whose layers are those of all: one loss can then look at each.
 *
 * @param encoders - at least one; their layers have different names
 */
export function jointEncoder(encoders: readonly Encoder[]): Encoder {
  if (encoders.length === 1) return encoders[0]!;
  const name = encoders.map((encoder) => encoder.name).join(" and ");
  const layers = encoders.flatMap((encoder) => encoder.layers);
  const ownerOf = (layer: string): Encoder =>
    encoders.find((encoder) => encoder.layers.includes(layer))!;
  return {
    name,
    layers,
    stride: (layer) => ownerOf(layer).stride(layer),
    features<Layer extends string>(image: Value, wanted: readonly Layer[]) {
      expectLayers({ name, layers }, wanted);
      const found = encoders.map((encoder) => {
        const own = wanted.filter((layer) => ownerOf(layer) === encoder);
        return own.length === 0 ? {} : encoder.features(image, own);
      });
      return Object.assign({}, ...found) as Record<Layer, Value>;
    },
  };
}
