import { constant, ops, seededRandom, tensor, type Value } from "@deepstyle/engine";
import type { Encoder } from "../../src/encoders/encoder.ts";
import type { Raster } from "../../src/image/raster.ts";
import { contentLoss } from "../../src/losses/content.ts";
import { relativeGramLoss } from "../../src/losses/gram.ts";
import { totalVariation } from "../../src/losses/totalVariation.ts";
import { defaultArchitecture } from "../../src/nets/architecture.ts";
import type { TrainingPlan } from "../../src/train/trainingGraph.ts";

/** An encoder of two layers with weights drawn at random: `fine`, and `coarse` at half the size. */
export function tinyEncoder(): Encoder {
  const random = seededRandom(11);
  const kernels = (outputs: number, inputs: number): Value => {
    const data = new Float32Array(outputs * inputs * 9);
    random.fillNormal(data, { standardDeviation: Math.sqrt(2 / (inputs * 9)) });
    return constant(tensor(data, [outputs, inputs, 3, 3]));
  };
  const [first, second] = [kernels(6, 3), kernels(8, 6)];
  return {
    name: "tiny",
    layers: ["fine", "coarse"],
    stride: (layer) => (layer === "fine" ? 1 : 2),
    features<Layer extends string>(image: Value, layers: readonly Layer[]) {
      // tanh has no kinks, at which central differences would be off.
      const fine = ops.tanh(ops.conv(image, first, { pads: [1, 1, 1, 1] }));
      const pooled = ops.averagePool(fine, { kernel: [2, 2] });
      const coarse = ops.tanh(ops.conv(pooled, second, { pads: [1, 1, 1, 1] }));
      const found: Record<string, Value> = { fine, coarse };
      return Object.fromEntries(layers.map((layer) => [layer, found[layer]!])) as Record<
        Layer,
        Value
      >;
    },
  };
}

/** A plan that trains in moments. */
export function tinyPlan(change: Partial<TrainingPlan> = {}): TrainingPlan {
  return {
    architecture: { ...defaultArchitecture, width: "quarter", blocks: 1 },
    encoder: tinyEncoder(),
    criterion: {
      features: [
        { name: "content", weight: 1, layers: { coarse: 1 }, loss: contentLoss },
        { name: "style", weight: 3, layers: { fine: 0.5, coarse: 0.5 }, loss: relativeGramLoss },
      ],
      image: [{ name: "tv", weight: 0.1, build: totalVariation }],
    },
    batch: 2,
    size: 16,
    accumulate: 1,
    stabilityWeight: 0,
    trains: "all",
    ...change,
  };
}

/** A picture of soft blobs and a little noise. */
export function blobs(width: number, height: number, seed: number): Raster {
  const random = seededRandom(seed);
  const waves = Array.from({ length: 9 }, () => random.uniform() * 0.6);
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const [c, p] = [Math.floor(i / (width * height)), i % (width * height)];
    const [x, y] = [p % width, Math.floor(p / width)];
    const wave = Math.sin(waves[c]! * x + waves[c + 3]! * y + 6 * waves[c + 6]!);
    return 0.5 + 0.4 * wave + 0.1 * (random.uniform() - 0.5);
  });
  return { width, height, data };
}
