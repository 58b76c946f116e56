import type { Pooling } from "./encoder.ts";
import { encodedChannelMeans } from "./vgg19ChannelMeans.ts";

/**
 * Mean activation of each channel of VGG-19 by layer, `relu1_1` … `relu5_4`: what its features are
 * divided by to have a mean of one over photographs and positions.
 *
 * Measured with Caffe's weights over 1,200 photos by `scripts/channelMeans.ts`, once for each way of
 * pooling, as average pooling lowers everything above it. Frozen: the fixed ruler depends on them.
 *
 * Source: Gatys, Ecker, Bethge 2016, section 2 (weight normalisation).
 */
export function channelMeans(pooling: Pooling): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(encodedChannelMeans[pooling]).map(([layer, text]) => [layer, decoded(text)]),
  );
}

/** Float32 numbers, little endian, from base64. */
function decoded(text: string): Float32Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
