import {
  constant,
  evaluate,
  createGraph,
  gradient,
  input,
  ops,
  receptiveField,
  tensor,
} from "@deepstyle/engine";
import { describe, expect, test } from "vitest";
import { caffePreprocessing } from "../../src/encoders/encoder.ts";
import { vgg19, vgg19Convolutions } from "../../src/encoders/vgg19.ts";
import { laplacianLoss } from "../../src/losses/laplacian.ts";
import type { Mean } from "../../src/losses/loss.ts";
import { totalVariation } from "../../src/losses/totalVariation.ts";

const image = input("image", [1, 3, 64, 64]);

describe("receptive fields of VGG-19", () => {
  const weights = new Map(
    vgg19Convolutions.flatMap(({ index, channels, inputChannels }) =>
      (
        [
          [`features.${index}.weight`, [channels, inputChannels, 3, 3]],
          [`features.${index}.bias`, [channels]],
        ] as const
      ).map(([name, shape]) => {
        const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
        return [name, { dtype: "F32" as const, shape, data }] as const;
      }),
    ),
  );
  const encoder = vgg19(weights, { preprocessing: caffePreprocessing, edge: "replicate" });

  // By hand: a 3×3 convolution adds 2 strides, a pooling layer 1 and doubles the stride.
  test.each([
    ["relu1_1", 1, 3],
    ["relu2_1", 2, 10],
    ["relu3_1", 4, 24],
    ["relu4_1", 8, 68],
    ["relu4_2", 8, 84],
    ["relu5_1", 16, 156],
  ])("%s: one position every %i px, each of %i px", (layer, stride, field) => {
    const { rows, columns } = receptiveField(encoder.features(image, [layer])[layer]!, image);
    expect(rows).toEqual({ stride, from: -(field - stride) / 2, to: (field + stride) / 2 - 1 });
    expect(columns).toEqual(rows);
  });
});

test("receptive fields of losses on pictures are what their gradient reaches", () => {
  const build = {
    tv: (mean: Mean) => totalVariation(image, mean),
    detail: (mean: Mean) =>
      laplacianLoss(
        image,
        constant(tensor(new Float32Array(3 * 64 * 64), image.shape as number[])),
        {
          pool: 2,
          mean,
        },
      ),
  };
  for (const [name, loss] of Object.entries(build))
    loss((map) => {
      const { rows, columns } = receptiveField(map, image);
      const [, , h, w] = map.shape as readonly [number, number, number, number];
      const at = { y: Math.floor(h / 2), x: Math.floor(w / 2) };
      const one = ops.slice(map, {
        axes: [2, 3],
        starts: [at.y, at.x],
        ends: [at.y + 1, at.x + 1],
      });
      const [slope] = gradient(ops.reduceSum(one), [image]);
      const pixels = Float32Array.from(
        { length: 3 * 64 * 64 },
        (_, i) => ((i * 7919) % 1009) / 1009,
      );
      const { reached } = evaluate(createGraph({ reached: slope! }), {
        image: { shape: [1, 3, 64, 64], data: Float64Array.from(pixels) },
      });
      const lines = [...reached.data.keys()].filter((i) => reached.data[i] !== 0);
      const ys = lines.map((i) => Math.floor(i / 64) % 64);
      const xs = lines.map((i) => i % 64);
      expect(Math.min(...ys), name).toBe(rows.stride * at.y + rows.from);
      expect(Math.max(...ys), name).toBe(rows.stride * at.y + rows.to);
      expect(Math.min(...xs), name).toBe(columns.stride * at.x + columns.from);
      expect(Math.max(...xs), name).toBe(columns.stride * at.x + columns.to);
      return ops.reduceMean(map);
    });
});
