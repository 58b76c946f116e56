// The objective of Gatys et al. on VGG-19, the same for Node and for a page.
import {
  contentLoss,
  gramLoss,
  loadObjective,
  readSafetensors,
  vgg19,
  vgg19Preprocessing,
  type Criterion,
  type Encoder,
  type LoadedObjective,
  type Targets,
} from "@deepstyle/core";
import type { Runtime } from "@deepstyle/engine";

/** Sides of the picture in pixels. */
export const size = { width: 64, height: 64 };

const styleLayers = { relu1_1: 0.2, relu2_1: 0.2, relu3_1: 0.2, relu4_1: 0.2, relu5_1: 0.2 };

/** What is compared with the content picture. */
export const content = {
  name: "content",
  weight: 1,
  layers: { relu4_2: 1 },
  loss: contentLoss,
} as const;

/** What is compared with the style picture. */
export const style = { name: "style", weight: 1000, layers: styleLayers, loss: gramLoss } as const;

const criterion: Criterion = { features: [content, style], image: [] };

/** VGG-19 with average pooling from the bytes of its weights file. */
export function encoderOf(weights: Uint8Array): Encoder {
  const { tensors, metadata } = readSafetensors(weights);
  return vgg19(tensors, { preprocessing: vgg19Preprocessing(metadata), pooling: "average" });
}

/** The objective, ready for pixels. */
export function loadGatys(
  runtime: Runtime,
  encoder: Encoder,
  targets: Targets,
): Promise<LoadedObjective> {
  return loadObjective(runtime, encoder, criterion, size, targets);
}
