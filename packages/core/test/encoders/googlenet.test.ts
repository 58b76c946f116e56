import { readFileSync } from "node:fs";
import {
  createGraph,
  input,
  printGraph,
  sortedValues,
  tensor,
  type Tensor,
} from "@deepstyle/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Encoder, Weights } from "../../src/encoders/encoder.ts";
import { googlenet, googlenetLayers } from "../../src/encoders/googlenet.ts";
import { dreamTerms } from "../../src/methods/dreamTerms.ts";
import { loadObjective, measureStatistics } from "../../src/methods/objective.ts";
import { readSafetensors } from "../../src/weights/safetensors.ts";
import { sharedPath } from "../../../node/test/shared.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";

const path = sharedPath("weights", "googlenet.safetensors");

function trainedWeights(): Weights {
  return readSafetensors(readFileSync(path!)).tensors;
}

interface Samples {
  readonly norm: number;
  /** From one sample to the next. */
  readonly every: number;
  readonly samples: readonly number[];
}

/** What scripts/reference/googlenet.py computed in float64 with PyTorch. */
const reference = JSON.parse(
  readFileSync(new URL("./googlenetReference.json", import.meta.url), "utf8"),
) as {
  readonly size: { readonly width: number; readonly height: number };
  readonly seed: number;
  readonly photoSeed: number;
  readonly layers: Readonly<
    Record<"zero" | "replicate", Readonly<Record<string, Samples & { readonly shape: number[] }>>>
  >;
  readonly dreams: readonly (Samples & { readonly target: string; readonly loss: number })[];
};

function expectSamples(numbers: Float32Array, expected: Samples, accuracy: number): void {
  const norm = Math.hypot(...numbers);
  expect(Math.abs(norm / expected.norm - 1)).toBeLessThan(accuracy);
  const samples = numbers.filter((_, i) => i % expected.every === 0);
  expect(samples).toHaveLength(expected.samples.length);
  expect(relativeError(samples, expected.samples)).toBeLessThan(accuracy);
}

describe.skipIf(path === undefined)(
  "GoogLeNet (needs weights/googlenet.safetensors in ../shared)",
  () => {
    const runtime = cpuRuntime();
    let weights: Weights;
    let encoder: Encoder;
    beforeAll(() => {
      weights = trainedWeights();
      encoder = googlenet(weights);
    });
    const { width, height } = reference.size;
    const shape = [1, 3, height, width];
    afterAll(() => runtime.dispose());

    test.each(["zero", "replicate"] as const)(
      "has PyTorch's features with the edge %s",
      async (edge) => {
        const layers = Object.keys(reference.layers[edge]);
        const features = googlenet(weights, { edge }).features(input("image", shape), layers);
        const program = await runtime.compile(createGraph(features));
        const { data } = picture(reference.size, reference.seed);
        const found = await program.run({ image: tensor(data, shape) });
        await program.dispose();
        for (const [layer, expected] of Object.entries(reference.layers[edge])) {
          const { shape: of, data: numbers } = found[layer] as Tensor<"float32">;
          expect(of, layer).toEqual(expected.shape);
          expectSamples(numbers, expected, 1e-5);
        }
      },
    );

    test.each(reference.dreams)(
      "dreams with PyTorch's loss and gradient: $target",
      async ({ target, loss, ...gradient }) => {
        const replicating = googlenet(weights, { edge: "replicate" });
        const features = dreamTerms({ [target]: 1 }, 1);
        const photo = picture(reference.size, reference.photoSeed);
        const targets = await measureStatistics(runtime, replicating, features[0]!, photo);
        const criterion = { features, image: [] };
        const objective = await loadObjective(runtime, replicating, criterion, photo, targets);
        const result = await objective.evaluate(picture(reference.size, reference.seed).data);
        await objective.dispose();
        expect(Math.abs(result.total / loss - 1)).toBeLessThan(1e-5);
        expectSamples(result.gradient, gradient, 1e-4);
      },
    );

    test("has strides and channels of its table at every layer", () => {
      const image = input("image", [1, 3, 128, 64]);
      const features = encoder.features(image, encoder.layers);
      for (const layer of googlenetLayers) {
        const stride = encoder.stride(layer);
        expect(features[layer]!.shape.slice(2), layer).toEqual([128 / stride, 64 / stride]);
      }
      const channels = ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"].map(
        (name) => features[`inception_${name}/output`]!.shape[1],
      );
      // Szegedy et al. 2015, table 1.
      expect(channels).toEqual([256, 480, 512, 512, 512, 528, 832, 832, 1024]);
    });

    test("has 5,973,552 parameters below its classifier", () => {
      const features = encoder.features(input("image", [1, 3, 64, 64]), ["inception_5b/output"]);
      const parameters = sortedValues(Object.values(features))
        .filter((value) => value.kind === "constant" && /\.(weight|bias)$/.test(value.name ?? ""))
        .map((value) =>
          (value.shape as readonly number[]).reduce((product, side) => product * side),
        );
      expect(parameters).toHaveLength(2 * 57);
      // The published 6,998,552 less 1000 × 1024 weights and 1000 offsets.
      expect(parameters.reduce((sum, count) => sum + count)).toBe(6_998_552 - 1_025_000);
    });

    test("is built no further than what is asked for", () => {
      const convolutions = { "conv1/7x7_s2": 1, "conv2/3x3": 3, "inception_3a/5x5": 5 };
      for (const [layer, count] of Object.entries(convolutions)) {
        const graph = createGraph(encoder.features(input("image", [1, 3, 64, 64]), [layer]));
        expect(printGraph(graph).match(/ = Conv\(/g)).toHaveLength(count);
      }
    });
  },
);

describe("in one line it says", () => {
  test("that a file is that of another network", () => {
    expect(() => googlenet(new Map())).toThrow(
      'GoogLeNet needs a tensor "conv1/7x7_s2.weight"; the file has 0 others. Is it another network?',
    );
  });

  test.skipIf(path === undefined)(
    "which layer there is in place of a misspelt one (needs weights/googlenet.safetensors in ../shared)",
    () => {
      const image = input("image", [1, 3, 64, 64]);
      expect(() => googlenet(trainedWeights()).features(image, ["inception_4c/outptu"])).toThrow(
        /^"inception_4c\/outptu" is no layer of googlenet: .* Did you mean "inception_4c\/output"\?$/,
      );
    },
  );
});
