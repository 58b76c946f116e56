import { constant, ops, seededRandom, tensor, type Value } from "@deepstyle/engine";
import type { Encoder, EncoderOptions } from "../../src/encoders/encoder.ts";

/**
 * A network of two convolutions with names and strides of VGG: what needs an encoder, but no
 * particular one, is tested with it in milliseconds and without weights.
 */
export function tinyEncoder({ edge = "zero" }: Pick<EncoderOptions, "edge"> = {}): Encoder {
  const random = seededRandom(1);
  const kernel = (channels: number, inputs: number): Value => {
    const data = new Float32Array(channels * inputs * 9);
    random.fillNormal(data, { standardDeviation: 1 / Math.sqrt(inputs * 9) });
    return constant(tensor(data, [channels, inputs, 3, 3]));
  };
  const [first, second] = [kernel(4, 3), kernel(6, 4)];
  const pads = [1, 1, 1, 1] as const;
  return {
    name: "tiny",
    layers: ["relu1_1", "relu2_1"],
    stride: (layer) => (layer === "relu1_1" ? 1 : 2),
    features<Layer extends string>(image: Value) {
      const padded = ops.pad(image, { pads, mode: edge === "zero" ? "constant" : "replicate" });
      const relu1 = ops.relu(ops.conv(padded, first));
      const pooled = ops.averagePool(relu1, { kernel: [2, 2] });
      const relu2 = ops.relu(ops.conv(pooled, second, { pads }));
      return { relu1_1: relu1, relu2_1: relu2 } as Record<Layer, Value>;
    },
  };
}
