import {
  constant,
  createGraph,
  dense,
  evaluate,
  gradient,
  input,
  ops,
  printGraph,
  type Dense,
} from "@deepstyle/engine";
import { describe, expect, test } from "vitest";
import { channelMeans } from "../../src/encoders/channelMeans.ts";
import {
  lite,
  liteArithmetic,
  liteConvolutions,
  liteParameters,
  liteTaps,
} from "../../src/encoders/lite.ts";
import { vgg19Convolutions } from "../../src/encoders/vgg19.ts";
import { randomLite } from "../distil/randomLite.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";

const weights = randomLite(1);
const encoder = lite(weights, { pooling: "average", edge: "replicate" });

describe("the network", () => {
  test("has VGG-19's channels and strides at every layer that it offers", () => {
    const image = input("image", [1, 3, 64, 48]);
    const features = encoder.features(image, encoder.layers);
    for (const layer of liteTaps) {
      const stride = encoder.stride(layer);
      const { channels, block } = vgg19Convolutions.find(
        ({ name }) => name === layer.replace("relu", "conv"),
      )!;
      expect(stride).toBe(2 ** (block - 1));
      expect(features[layer]!.shape, layer).toEqual([1, channels, 64 / stride, 48 / stride]);
    }
  });

  test("takes at most a quarter of VGG-19's multiplications", () => {
    const vgg19 = vgg19Convolutions
      .slice(0, 13)
      .reduce((sum, { block, inputChannels, channels }) => {
        return sum + (9 * inputChannels * channels) / 4 ** (block - 1);
      }, 0);
    expect(vgg19).toBe(361_152); // the figure, up to relu5_1
    expect(liteArithmetic()).toBeLessThanOrEqual(vgg19 / 4);
    expect(liteArithmetic()).toBe(74_528);
  });

  test("takes at most 8 MB as float16", () => {
    const numbers = liteParameters().reduce(
      (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
      0,
    );
    expect(2 * numbers).toBeLessThanOrEqual(8e6);
    expect(numbers).toBe(2_424_416);
  });

  test("has codes and kept channels in multiples of 16", () => {
    for (const { code = 0, channels } of liteConvolutions) {
      expect(code % 16).toBe(0);
      expect(channels % 16).toBe(0);
    }
  });

  test("is built no further than the last layer that is asked for", () => {
    // One convolution in the first layer, two in each further one.
    const convolutions = { relu1_1: 1, relu2_1: 5, relu4_1: 17, relu5_1: 25 };
    for (const [layer, count] of Object.entries(convolutions)) {
      const graph = createGraph(encoder.features(input("image", [1, 3, 32, 32]), [layer]));
      expect(printGraph(graph).match(/ = Conv\(/g), layer).toHaveLength(count);
    }
  });
});

function relu3(pooling: "average" | "max", edge: "zero" | "replicate", image: Dense): Dense {
  const features = lite(weights, { pooling, edge }).features(input("image", image.shape), [
    "relu3_1",
  ]);
  return evaluate(createGraph(features), { image })["relu3_1"];
}

const image = dense([1, 3, 16, 16], Float64Array.from(picture({ width: 16, height: 16 }, 1).data));

test("under another pooling features are divided by the means for that pooling", () => {
  // Pooling changes nothing in block 1: what differs at relu1_1 are the means, and there they agree.
  const [average, max] = [channelMeans("average"), channelMeans("max")];
  expect(average["relu1_1"]).toEqual(max["relu1_1"]);
  // In a flat picture max and average pooling are the same away from the edge.
  const grey = dense([1, 3, 64, 64], new Float64Array(3 * 64 * 64).fill(0.7));
  const [a, m] = [relu3("average", "replicate", grey), relu3("max", "replicate", grey)];
  const middle = (feature: Dense, c: number): number => feature.data[(c * 16 + 8) * 16 + 8]!;
  const channels = Array.from({ length: 256 }, (_, c) => c);
  const scaled = channels.map(
    (c) => (middle(a, c) * average["relu3_1"]![c]!) / max["relu3_1"]![c]!,
  );
  expect(
    relativeError(
      channels.map((c) => middle(m, c)),
      scaled,
    ),
  ).toBeLessThan(1e-5); // constants are float32
});

test("pooling and edge change features", () => {
  const { data } = relu3("average", "replicate", image);
  expect(relu3("average", "zero", image).data).not.toEqual(data);
  expect(relu3("max", "replicate", image).data).not.toEqual(data);
});

test("a gradient reaches every pixel from every layer", () => {
  const pixels = input("image", [1, 3, 16, 16]);
  for (const layer of liteTaps) {
    const loss = ops.reduceSum(ops.mul(encoder.features(pixels, [layer])[layer], constant(1)));
    const [slope] = gradient(loss, [pixels]);
    const { found } = evaluate(createGraph({ found: slope! }), { image });
    const still = Array.from({ length: 256 }, (_, p) =>
      [0, 1, 2].every((c) => found.data[c * 256 + p] === 0),
    ).filter(Boolean);
    expect(still.length, layer).toBe(0);
  }
});

test("an unknown layer is refused with those that there are", () => {
  expect(() => encoder.features(input("image", [1, 3, 16, 16]), ["relu2_2"])).toThrow("relu2_1");
});

test("a missing tensor and one of another shape are named", () => {
  const without = new Map([...weights].filter(([name]) => name !== "conv3_2.code"));
  expect(() => lite(without, {})).toThrow(
    `lite needs a tensor "conv3_2.code"; the file has ${weights.size - 1} others. Is it another network?`,
  );
  const wrong = new Map([
    ...weights,
    ["conv2_1.bias", { dtype: "F32", shape: [2], data: new Float32Array(2) }] as const,
  ]);
  expect(() => lite(wrong, {})).toThrow('lite expects "conv2_1.bias" of shape [128]; got [2].');
});

test("numbers that are not finite are refused", () => {
  const shape = weights.get("conv2_1.bias")!.shape;
  const data = new Float32Array(128).fill(NaN, 5, 6);
  const broken = new Map([...weights, ["conv2_1.bias", { dtype: "F32", shape, data }] as const]);
  expect(() => lite(broken, {})).toThrow('lite has numbers in "conv2_1.bias" that are not finite');
});
