import {
  createGraph,
  dense,
  evaluate,
  gradient,
  input,
  ops,
  printGraph,
  sortedValues,
  tensor,
  type Dense,
  type Tensor,
} from "@deepstyle/engine";
import { describe, expect, test } from "vitest";
import {
  caffePreprocessing,
  torchvisionPreprocessing,
  type Encoder,
  type Weights,
} from "../../src/encoders/encoder.ts";
import {
  pool2x2,
  poolRelu,
  vgg19,
  vgg19Convolutions,
  vgg19Preprocessing,
  type Vgg19Options,
} from "../../src/encoders/vgg19.ts";
import type { WeightsTensor } from "../../src/weights/safetensors.ts";
import { relativeError } from "../numbers.ts";
import { featureMap, madeUpMeans, picture } from "../pictures.ts";
import { cpuRuntime } from "../runtime.ts";
import { vgg19Path, vgg19Weights } from "../vgg19Weights.ts";

/** A kernel or bias that is zero but for a few numbers. */
function sparse(
  shape: readonly number[],
  numbers: Readonly<Record<number, number>> = {},
): WeightsTensor {
  const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
  for (const [index, value] of Object.entries(numbers)) data[Number(index)] = value;
  return { dtype: "F32", shape, data };
}

/** Weights that are zero but for those given. */
function weightsWith(given: Readonly<Record<string, WeightsTensor>>): Weights {
  const weights = vgg19Convolutions.flatMap(({ index, channels, inputChannels }) => [
    [`features.${index}.weight`, sparse([channels, inputChannels, 3, 3])] as const,
    [`features.${index}.bias`, sparse([channels])] as const,
  ]);
  return new Map([...weights, ...Object.entries(given)]);
}

const blank = weightsWith({});

/** Features of an image in float64. */
function featuresOf(encoder: Encoder, layer: string, image: Dense): Dense {
  const features = encoder.features(input("image", image.shape), [layer]);
  return evaluate(createGraph(features), { image })[layer]!;
}

describe("the network", () => {
  const encoder = vgg19(blank, { preprocessing: caffePreprocessing });

  test("has 16 convolutions, each with its ReLU, and 5 poolings, in this order", () => {
    expect(encoder.layers.join(" ")).toBe(
      [
        "conv1_1 relu1_1 conv1_2 relu1_2 pool1",
        "conv2_1 relu2_1 conv2_2 relu2_2 pool2",
        "conv3_1 relu3_1 conv3_2 relu3_2 conv3_3 relu3_3 conv3_4 relu3_4 pool3",
        "conv4_1 relu4_1 conv4_2 relu4_2 conv4_3 relu4_3 conv4_4 relu4_4 pool4",
        "conv5_1 relu5_1 conv5_2 relu5_2 conv5_3 relu5_3 conv5_4 relu5_4 pool5",
      ].join(" "),
    );
  });

  test("has its weights where torchvision's list of layers has them", () => {
    // Field notes 1.1: index of the ReLU after each.
    const relus = { conv1_1: 1, conv2_1: 6, conv3_3: 15, conv4_2: 22, conv5_1: 29, conv5_4: 35 };
    for (const [name, relu] of Object.entries(relus))
      expect(vgg19Convolutions.find((layer) => layer.name === name)!.index).toBe(relu - 1);
  });

  test("halves its grid with each pooling", () => {
    const strides = { relu1_1: 1, conv1_2: 1, pool1: 2, relu2_2: 2, relu3_4: 4, relu4_2: 8 };
    for (const [layer, stride] of Object.entries({ ...strides, relu5_1: 16, pool5: 32 })) {
      expect(encoder.stride(layer)).toBe(stride);
      const features = encoder.features(input("image", [1, 3, 96, 64]), [layer]);
      expect(features[layer]!.shape.slice(2)).toEqual([96 / stride, 64 / stride]);
    }
  });

  test("is built no further than the last layer that is asked for", () => {
    const convolutions = { conv1_1: 1, relu1_1: 1, pool1: 2, relu2_1: 3, relu4_2: 10, relu5_4: 16 };
    for (const [layer, count] of Object.entries(convolutions)) {
      const graph = createGraph(encoder.features(input("image", [1, 3, 32, 32]), [layer]));
      expect(printGraph(graph).match(/ = Conv\(/g)).toHaveLength(count);
    }
    const shallow = encoder.features(input("image", [1, 3, 32, 32]), ["relu2_2"]);
    expect(printGraph(createGraph(shallow)).match(/Pool\(/g)).toHaveLength(1);
  });

  test("has 20,024,384 parameters", () => {
    const { relu5_4 } = encoder.features(input("image", [1, 3, 32, 32]), ["relu5_4"]);
    const parameters = sortedValues([relu5_4])
      .filter((value) => value.kind === "constant" && value.name?.startsWith("conv"))
      .map((value) => (value.shape as readonly number[]).reduce((product, side) => product * side));
    expect(parameters).toHaveLength(32);
    expect(parameters.reduce((sum, count) => sum + count)).toBe(20_024_384);
  });
});

describe("preprocessing is part of the first convolution:", () => {
  // One filter that looks at the middle pixel, with another weight for each channel.
  const weights = weightsWith({
    "features.0.weight": sparse([64, 3, 3, 3], { 4: 1, 13: 10, 22: 100 }),
    "features.0.bias": sparse([64], { 0: 7 }),
  });
  const [red, green, blue] = [0.75, 0.5, 0.125];
  const image = dense([1, 3, 1, 1], Float64Array.of(red, green, blue));

  test("Caffe's networks see BGR in 0..255, less the mean of ImageNet", () => {
    const encoder = vgg19(weights, { preprocessing: caffePreprocessing });
    const expected =
      1 * (255 * blue - 103.939) + 10 * (255 * green - 116.779) + 100 * (255 * red - 123.68) + 7;
    expect(
      relativeError([featuresOf(encoder, "conv1_1", image).data[0]!], [expected]),
    ).toBeLessThan(1e-6);
  });

  test("torchvision's see RGB, standardised", () => {
    const encoder = vgg19(weights, { preprocessing: torchvisionPreprocessing });
    const expected =
      (1 * (red - 0.485)) / 0.229 +
      (10 * (green - 0.456)) / 0.224 +
      (100 * (blue - 0.406)) / 0.225 +
      7;
    expect(
      relativeError([featuresOf(encoder, "conv1_1", image).data[0]!], [expected]),
    ).toBeLessThan(1e-6);
  });

  test("the weights file says which", () => {
    expect(vgg19Preprocessing(new Map([["input_order", "BGR"]]))).toBe(caffePreprocessing);
    expect(vgg19Preprocessing(new Map())).toBe(torchvisionPreprocessing);
  });
});

describe("beyond the edge", () => {
  // One filter that sums up nine pixels of all channels.
  const ones = Object.fromEntries(Array.from({ length: 27 }, (_, i) => [i, 1]));
  const weights = weightsWith({ "features.0.weight": sparse([64, 3, 3, 3], ones) });
  const white = dense([1, 3, 4, 4], new Float64Array(48).fill(1));
  const edges = (edge: "zero" | "replicate"): readonly [number, number, number] => {
    const encoder = vgg19(weights, { preprocessing: torchvisionPreprocessing, edge });
    const { data } = featuresOf(encoder, "conv1_1", white);
    return [data[0]!, data[1]!, data[5]!]; // corner, edge, inside
  };

  test("there are zeros, the mean colour: a corner of white has four pixels of nine", () => {
    const [corner, edge, inside] = edges("zero");
    expect(corner / inside).toBeCloseTo(4 / 9, 6);
    expect(edge / inside).toBeCloseTo(6 / 9, 6);
  });

  test("or the edge is repeated, and white has no frame", () => {
    const [corner, edge, inside] = edges("replicate");
    expect(corner).toBeCloseTo(inside, 6);
    expect(edge).toBeCloseTo(inside, 6);
  });
});

describe("pooling", () => {
  // Each convolution passes its first channel on, the second block's with half of it.
  const weights = weightsWith({
    "features.0.weight": sparse([64, 3, 3, 3], { 4: 1 }),
    "features.2.weight": sparse([64, 64, 3, 3], { 4: 1 }),
    "features.5.weight": sparse([128, 64, 3, 3], { 4: 0.5 }),
    "features.5.bias": sparse([128], { 0: 3 }),
  });
  const preprocessing = { order: "RGB", mean: [0, 0, 0], scale: [1, 1, 1] } as const;
  const image = dense([1, 3, 2, 2], Float64Array.of(1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0));
  const pooled = (layer: string, options: Partial<Vgg19Options>): number =>
    featuresOf(vgg19(weights, { preprocessing, ...options }), layer, image).data[0]!;

  test.each([
    { pooling: "max", expected: 4 },
    { pooling: "average", expected: 2.5 },
    { pooling: "l2", expected: Math.sqrt(1 + 4 + 9 + 16) },
  ] as const)("$pooling makes $expected of 1, 2, 3 and 4", ({ pooling, expected }) => {
    expect(pooled("pool1", { pooling })).toBeCloseTo(expected, 12);
  });

  test("takes the largest unless told otherwise, and leaves out an odd last row", () => {
    expect(pooled("pool1", {})).toBe(4);
    const encoder = vgg19(weights, { preprocessing });
    const odd = featuresOf(encoder, "pool1", dense([1, 3, 3, 5], new Float64Array(45)));
    expect(odd.shape).toEqual([1, 64, 1, 2]);
  });

  test("can be scaled for the convolution after it, whose bias stays", () => {
    expect(pooled("conv2_1", { poolingScale: 0.75 })).toBe(0.5 * 0.75 * 4 + 3);
    expect(pooled("pool1", { poolingScale: 0.75 })).toBe(4);
  });
});

test.skipIf(vgg19Path === undefined)(
  "normalised features are the features divided by the means, whatever these are (needs weights/vgg19.safetensors in ../shared)",
  async () => {
    const runtime = cpuRuntime();
    const weights = vgg19Weights();
    const layers = ["relu1_1", "relu1_2", "relu2_2", "relu3_1", "relu3_4", "relu4_1"] as const;
    const image = input("image", [1, 3, 24, 32]);
    const features = async (channelMeans?: Vgg19Options["channelMeans"]) => {
      const encoder = vgg19(weights, { preprocessing: caffePreprocessing, channelMeans });
      const program = await runtime.compile(createGraph(encoder.features(image, layers)));
      return program.run({
        image: tensor(picture({ width: 32, height: 24 }, 1).data, [1, 3, 24, 32]),
      });
    };
    const [original, normalised] = [await features(), await features(madeUpMeans)];
    await runtime.dispose();
    for (const layer of layers) {
      const { data, shape } = original[layer] as Tensor<"float32">;
      const positions = shape[2]! * shape[3]!;
      const divided = data.map(
        (value, i) => value / madeUpMeans[layer]![Math.floor(i / positions)]!,
      );
      const error = relativeError(normalised[layer].data as Float32Array, divided);
      expect(error, layer).toBeLessThan(1e-5);
    }
  },
);

describe("in one line it says", () => {
  const options = { preprocessing: caffePreprocessing };

  test("which tensor is missing", () => {
    const weights = new Map([...blank].filter(([name]) => name !== "features.10.bias"));
    expect(() => vgg19(weights, options)).toThrow(
      'VGG-19 needs a tensor "features.10.bias"; the file has 31 others. Is it another network?',
    );
  });

  test("which tensor has another shape", () => {
    const weights = new Map([...blank, ["features.5.weight", sparse([64, 128, 3, 3])] as const]);
    expect(() => vgg19(weights, options)).toThrow(
      'VGG-19 expects "features.5.weight" of shape [128, 64, 3, 3]; got [64, 128, 3, 3]. Is it another network?',
    );
  });

  test("which layer there is in place of a misspelt one", () => {
    const image = input("image", [1, 3, 32, 32]);
    expect(() => vgg19(blank, options).features(image, ["relu1_1", "rlu4_2"])).toThrow(
      /^"rlu4_2" is no layer of vgg19: expected one of conv1_1, relu1_1, .*, pool5\. Did you mean "relu4_2"\?$/,
    );
  });
});

test.each(["max", "average", "l2"] as const)(
  "%s pooling of a ReLU has the values and the gradient of one after the other",
  (pooling) => {
    const sums = featureMap([1, 2, 5, 6], 4);
    // Windows without a number above 0, with ties, and with the greatest at 0.
    sums.data.fill(-1, 0, 2).fill(-1, 6, 8).fill(0.5, 2, 4).fill(0.5, 8, 10).fill(0, 12, 14);
    const x = input("x", sums.shape);
    const slopes = featureMap([1, 2, 2, 3], 5);
    const resultsOf = (pooled: ReturnType<typeof pool2x2>): Record<string, Dense> => {
      const loss = ops.reduceSum(ops.mul(pooled, input("slopes", slopes.shape)));
      const graph = createGraph({ pooled, slope: gradient(loss, [x])[0]! });
      return evaluate(graph, { x: sums, slopes });
    };
    const relu = ops.relu(x);
    expect(resultsOf(poolRelu(x, relu, pooling))).toEqual(resultsOf(pool2x2(relu, pooling)));
  },
);
