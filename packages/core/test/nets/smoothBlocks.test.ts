import {
  constant,
  createGraph,
  denseOf,
  evaluate,
  ops,
  seededRandom,
  tensor,
  type Tensor,
  type Value,
} from "@deepstyle/engine";
import { describe, expect, test } from "vitest";
import { smoothBlockBias, smoothBlockWeight } from "../../src/nets/smoothBlocks.ts";

const colours = 3;
const block = 4;

function random(shape: readonly number[], seed: number): Tensor<"float32"> {
  const numbers = seededRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(
    Float32Array.from({ length: count }, () => 2 * numbers.uniform() - 1),
    shape,
  );
}

function numbersOf(value: Value): ArrayLike<number> {
  return evaluate(createGraph({ value }), {}).value.data;
}

const weightOf = (channels: number): Tensor<"float32"> => random([48, channels, 3, 3], 1);

/** What the last layer paints of feature maps, without a border: `[3, h, w]`. */
function paint(features: Tensor<"float32">, weight: Tensor<"float32">): ArrayLike<number> {
  const smooth = smoothBlockWeight(constant(weight));
  return numbersOf(ops.depthToSpace(ops.conv(constant(features), smooth), block));
}

describe("what is alike in the maps paints nothing of the blocks", () => {
  test("maps that are alike everywhere make a flat picture", () => {
    const features = tensor(new Float32Array(2 * 25).fill(0.7), [1, 2, 5, 5]);
    const pixels = paint(features, weightOf(2));
    for (let colour = 0; colour < colours; colour++) {
      const plane = Array.from({ length: 144 }, (_, i) => pixels[colour * 144 + i]!);
      expect(Math.max(...plane) - Math.min(...plane)).toBeLessThan(1e-5);
      expect(Math.abs(plane[0]!)).toBeGreaterThan(1e-2);
    }
  });

  test.each([
    ["rows", (line: number) => line],
    ["columns", (_: number, line: number) => line],
  ] as const)("maps whose %s alone differ make a picture of such", (kind, lineOf) => {
    const lines = random([2, 5], 7).data;
    const features = new Float32Array(50);
    for (let i = 0; i < 50; i++)
      features[i] = lines[Math.floor(i / 25) * 5 + lineOf(Math.floor(i / 5) % 5, i % 5)]!;
    const pixels = paint(tensor(features, [1, 2, 5, 5]), weightOf(2));
    for (let i = 0; i < 3 * 144; i++) {
      const [plane, y, x] = [Math.floor(i / 144), Math.floor(i / 12) % 12, i % 12];
      const first = kind === "rows" ? plane * 144 + y * 12 : plane * 144 + x;
      expect(Math.abs(pixels[i]! - pixels[first]!)).toBeLessThan(1e-5);
    }
  });
});

/** Where the pixel `[y, x]` of a kernel of 12×12 pixels lies in the weights of one channel. */
function placeOf(y: number, x: number, colour: number): number {
  const place = (y % block) * block + (x % block);
  const tap = (2 - Math.floor(y / block)) * 3 + (2 - Math.floor(x / block));
  return (place * colours + colour) * 9 + tap;
}

test("the layer is a transposed convolution of such kernels", () => {
  const features = random([1, 1, 5, 5], 4);
  const weight = weightOf(1);
  const blocks = ops.depthToSpace(ops.conv(constant(features), constant(weight)), block);
  const kernels = new Float32Array(colours * 144);
  for (let i = 0; i < kernels.length; i++) {
    const [colour, y, x] = [Math.floor(i / 144), Math.floor(i / 12) % 12, i % 12];
    kernels[i] = weight.data[placeOf(y, x, colour)]!;
  }
  const whole = ops.convTranspose(
    constant(features),
    constant(tensor(kernels, [1, colours, 12, 12])),
    {
      strides: [block, block],
      pads: [8, 8, 8, 8],
    },
  );
  const [expected, painted] = [numbersOf(whole), numbersOf(blocks)];
  expect(painted.length).toBe(3 * 144);
  for (let i = 0; i < painted.length; i++) expect(painted[i]).toBeCloseTo(expected[i]!, 5);
});

describe("kernels are sums of bilinear pieces, both pixels of half the size in a block alike", () => {
  // Two kernels of bilinear enlargement by 2, side by side.
  const piece = [1, 3, 3 + 1, 1 + 3, 3, 1];
  const pieces = [0, 2, 4, 6].flatMap((top) =>
    [0, 2, 4, 6].map((left) => {
      const weight = new Float32Array(48 * 9);
      for (let y = 0; y < 6; y++)
        for (let x = 0; x < 6; x++) weight[placeOf(top + y, left + x, 1)] = piece[y]! * piece[x]!;
      return weight;
    }),
  );
  const smoothed = (weight: Float32Array<ArrayBuffer>): ArrayLike<number> =>
    numbersOf(smoothBlockWeight(constant(tensor(weight, [48, 1, 3, 3]))));

  test("a sum of pieces stays as it is", () => {
    const sum = new Float32Array(48 * 9);
    pieces.forEach((weight, i) => weight.forEach((x, at) => (sum[at]! += x * Math.cos(i))));
    const result = smoothed(sum);
    sum.forEach((x, at) => expect(result[at]).toBeCloseTo(x, 4));
  });

  test("of other kernels the nearest sum is taken: what is left is orthogonal to all pieces", () => {
    const weight = weightOf(1).data as Float32Array<ArrayBuffer>;
    const result = smoothed(weight);
    const left = weight.map((x, at) => x - result[at]!);
    for (const one of pieces)
      expect(one.reduce((sum, x, at) => sum + x * left[at]!, 0)).toBeCloseTo(0, 4);
    expect(left.reduce((sum, x) => sum + x * x, 0)).toBeGreaterThan(1);
  });

  test("and nothing but a sum comes out: done twice is done once", () => {
    const once = Float32Array.from(smoothed(weightOf(1).data as Float32Array<ArrayBuffer>));
    const twice = smoothed(once);
    expect(once.some((x) => Math.abs(x) > 0.1)).toBe(true);
    once.forEach((x, at) => expect(twice[at]).toBeCloseTo(x, 5));
  });
});

test("biases become one for each colour", () => {
  const bias = random([48], 3);
  const same = numbersOf(smoothBlockBias(constant(bias)));
  for (let i = 0; i < 48; i++) {
    const places = denseOf(bias).data.filter((_, j) => j % colours === i % colours);
    expect(same[i]).toBeCloseTo(places.reduce((a, b) => a + b, 0) / 16, 6);
  }
});
