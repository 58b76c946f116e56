import { readFileSync } from "node:fs";
import type { Weights } from "../src/encoders/encoder.ts";
import { readSafetensors } from "../src/weights/safetensors.ts";
import { sharedPath } from "../../node/test/shared.ts";

/** Where VGG-19's weights lie; undefined where they are absent, and tests that need them skip. */
export const vgg19Path = sharedPath("weights", "vgg19.safetensors");

/** VGG-19's weights, Caffe's training. */
export function vgg19Weights(): Weights {
  return readSafetensors(readFileSync(vgg19Path!)).tensors;
}
