import type { Pooling } from "@deepstyle/core";

/**
 * The frozen mean activation of each channel of VGG-19 by layer, by which features are divided.
 *
 * @param _pooling - means depend on how the layers below sum up
 * @returns undefined while none are committed: features then stay as trained
 */
export function channelMeansOf(
  _pooling: Pooling,
): Readonly<Record<string, Float32Array>> | undefined {
  return undefined;
}
