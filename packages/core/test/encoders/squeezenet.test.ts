import { readFileSync } from "node:fs";
import { createGraph, input, sortedValues, tensor, type Tensor } from "@deepstyle/engine";
import { afterAll, describe, expect, test } from "vitest";
import { squeezenet, squeezenetEncoder } from "../../src/encoders/squeezenet.ts";
import { readSafetensors } from "../../src/weights/safetensors.ts";
import { sharedPath } from "../../../node/test/shared.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const path = sharedPath("weights", squeezenetEncoder.file);

/** What scripts/reference/squeezenet.py computed in float64 with PyTorch. */
const reference = JSON.parse(
  readFileSync(new URL("./squeezenetReference.json", import.meta.url), "utf8"),
) as {
  readonly size: { readonly width: number; readonly height: number };
  readonly seed: number;
  readonly layers: Readonly<
    Record<
      "zero" | "replicate",
      Readonly<
        Record<
          string,
          {
            readonly shape: readonly number[];
            readonly norm: number;
            readonly every: number;
            readonly samples: readonly number[];
          }
        >
      >
    >
  >;
};

describe.skipIf(path === undefined)(
  "SqueezeNet (needs weights/squeezenet1_1.safetensors in ../shared)",
  () => {
    const runtime = cpuRuntime();
    afterAll(() => runtime.dispose());
    const { tensors, metadata } = path
      ? readSafetensors(readFileSync(path))
      : { tensors: new Map(), metadata: new Map<string, string>() };
    const { width, height } = reference.size;
    const shape = [1, 3, height, width];

    test.each(["zero", "replicate"] as const)(
      "has PyTorch's features with the edge %s",
      async (edge) => {
        const encoder = squeezenetEncoder.load(tensors, metadata, { pooling: "max", edge });
        const layers = Object.keys(reference.layers[edge]);
        expect(layers).toEqual(encoder.layers);
        const program = await runtime.compile(
          createGraph(encoder.features(input("image", shape), layers)),
        );
        const { data } = picture(reference.size, reference.seed);
        const found = await program.run({ image: tensor(data, shape) });
        await program.dispose();
        for (const [layer, expected] of Object.entries(reference.layers[edge])) {
          const { shape: of, data: numbers } = found[layer] as Tensor<"float32">;
          expect(of, layer).toEqual(expected.shape);
          expect(Math.abs(Math.hypot(...numbers) / expected.norm - 1)).toBeLessThan(1e-5);
          const samples = numbers.filter((_, i) => i % expected.every === 0);
          expect(samples).toHaveLength(expected.samples.length);
          expect(relativeError(samples, expected.samples), layer).toBeLessThan(1e-5);
        }
      },
    );

    test("has the strides and channels of the paper", () => {
      const encoder = squeezenet(tensors, { edge: "replicate" });
      const side = 128;
      const features = encoder.features(input("image", [1, 3, side, side]), encoder.layers);
      for (const layer of encoder.layers) {
        const [, , h, w] = features[layer]!.shape;
        const expected = side / encoder.stride(layer);
        expect([h, w], layer).toEqual([expected, expected]);
      }
      const channels = encoder.layers.map((layer) => features[layer]!.shape[1]);
      expect(channels).toEqual([64, 128, 128, 256, 256, 384, 384, 512, 512]);
    });

    test("has the published 722,496 parameters below its classifier", () => {
      const features = squeezenet(tensors).features(input("image", [1, 3, 64, 64]), ["fire9"]);
      const counts = sortedValues(Object.values(features))
        .filter((value) => value.kind === "constant" && /\.(weight|bias)$/.test(value.name ?? ""))
        .map((value) => (value.shape as readonly number[]).reduce((a, b) => a * b));
      // 1,235,496 less 1000 × 512 weights and 1000 offsets of the classifier.
      expect(counts.reduce((a, b) => a + b)).toBe(1_235_496 - 513_000);
    });

    test("is built no further than what is asked for", () => {
      const features = squeezenet(tensors).features(input("image", [1, 3, 64, 64]), ["fire3"]);
      const convolutions = sortedValues(Object.values(features)).filter(
        (value) => value.kind === "computed" && value.op.name === "Conv",
      );
      expect(convolutions).toHaveLength(1 + 2 * 3);
    });
  },
);

test("another network's file is named as such", () => {
  expect(() => squeezenet(new Map())).toThrow(
    'SqueezeNet needs a tensor "features.0.weight"; the file has 0 others. Is it another network?',
  );
});
