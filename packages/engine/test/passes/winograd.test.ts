import { describe, expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import type { ConvOptions } from "../../src/ops/conv.ts";
import {
  constant,
  createGraph,
  input,
  sortedValues,
  type Graph,
  type Value,
} from "../../src/graph/value.ts";
import { ops } from "../../src/ops/index.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { winograd } from "../../src/passes/winograd.ts";
import { denseOf } from "../../src/tensor/dense.ts";
import { elementCount, symbol, type Shape } from "../../src/tensor/dim.ts";
import { seededRandom } from "../../src/tensor/rng.ts";
import { tensor, type Tensor } from "../../src/tensor/tensor.ts";
import { runOnnx } from "../onnxRuntime.ts";

// Kernels that many cases share: drawing them takes longer than convolving.
const square = normal([256, 256, 3, 3], 1);

/** What is convolved, and how. */
interface Case {
  readonly name: string;
  readonly image: readonly [n: number, c: number, h: number, w: number];
  readonly kernels?: Tensor;
  readonly bias?: boolean;
  readonly pads?: NonNullable<ConvOptions["pads"]>;
  /** Whether the gradient by the image is computed in place of the result. */
  readonly backwards?: boolean;
}

const cases: readonly Case[] = [
  { name: "one whole tile", image: [1, 256, 4, 4], pads: [1, 1, 1, 1] },
  { name: "odd sizes and a bias", image: [1, 256, 7, 5], pads: [1, 1, 1, 1], bias: true },
  { name: "no pads", image: [1, 256, 6, 9] },
  { name: "a single pixel", image: [1, 256, 3, 3] },
  { name: "a different pad on each side", image: [1, 256, 5, 6], pads: [0, 1, 2, 3], bias: true },
  { name: "a batch of two", image: [2, 256, 5, 6], pads: [1, 1, 1, 1], bias: true },
  {
    name: "more channels out than in",
    image: [1, 256, 3, 5],
    kernels: normal([288, 256, 3, 3], 2),
    pads: [1, 1, 1, 1],
    bias: true,
  },
  {
    name: "the rotated kernels of a gradient",
    image: [1, 256, 5, 4],
    kernels: normal([272, 256, 3, 3], 3),
    pads: [1, 1, 1, 1],
    backwards: true,
  },
  {
    name: "the rotated kernels of a gradient, for a batch and no pads",
    image: [2, 256, 5, 4],
    backwards: true,
  },
];

describe.each(cases)("a convolution with $name", ({ image, kernels = square, ...options }) => {
  const direct = convolution(image, kernels, options);
  const tiled = winograd(direct);
  const x = normal(direct.inputs["x"]!.shape as number[], 4);

  test("becomes products of matrices: no 3×3 convolution is left", () => {
    expect(kernelSizes(direct)).toEqual(["3,3"]);
    expect(kernelSizes(tiled)).toEqual(["6,6"]);
  });

  test("has the same result in float64, up to the float32 of 1/6 and 1/24", () => {
    // The transforms are float32 constants; in both, rounding one of its entries by half a unit in
    // the last place is a relative error of 2⁻²⁵, and an entry of the square has two factors.
    const feeds = { x: denseOf(x) };
    const expected = evaluate(direct, feeds).y;
    const actual = evaluate(tiled, feeds).y;
    expect(actual.shape).toEqual(expected.shape);
    expect(relativeError(actual.data, expected.data)).toBeLessThan(2 * 2 ** -25);
  });

  test("has the same result in ONNX Runtime to 1e-4", async () => {
    const expected = (await runOnnx(direct, { x })).y!;
    const actual = (await runOnnx(tiled, { x })).y!;
    expect(actual.shape).toEqual(expected.shape);
    expect(relativeError(actual.data, expected.data)).toBeLessThan(1e-4);
  });
});

describe("left as it is", () => {
  const wide = (side: number): Value => constant(zeros([256, 256, side, side]));
  const image = input("x", [1, 256, 8, 8]);
  const others: Record<string, Value> = {
    "a 1×1 convolution": ops.conv(image, wide(1)),
    "a 5×5 convolution": ops.conv(image, wide(5)),
    "a 3×1 convolution": ops.conv(image, constant(zeros([256, 256, 3, 1]))),
    "a strided convolution": ops.conv(image, wide(3), { strides: [2, 2] }),
    "a dilated convolution": ops.conv(image, wide(3), { dilations: [2, 2] }),
    "a grouped convolution": ops.conv(
      input("x", [1, 512, 8, 8]),
      constant(zeros([512, 256, 3, 3])),
      {
        group: 2,
      },
    ),
    "a convolution from 255 channels": ops.conv(
      input("x", [1, 255, 8, 8]),
      constant(zeros([256, 255, 3, 3])),
    ),
    "a convolution to 255 channels": ops.conv(image, constant(zeros([255, 256, 3, 3]))),
    "a convolution whose kernels are fed, as in training": ops.conv(
      image,
      input("kernels", [256, 256, 3, 3]),
    ),
    "a convolution whose kernels depend on what is fed": ops.conv(
      image,
      ops.mul(wide(3), input("scale", [])),
    ),
    "a convolution of unknown height": ops.conv(input("x", [1, 256, symbol("h"), 8]), wide(3)),
    "a convolution of an unknown number of images": ops.conv(
      input("x", [symbol("n"), 256, 8, 8]),
      wide(3),
    ),
    "a transposed convolution": ops.convTranspose(image, wide(3)),
  };

  test.each(Object.entries(others))("is %s", (_, y) => {
    expect(winograd(createGraph({ y })).outputs.y).toBe(y);
  });
});

/** A convolution `x → y`, or the gradient of a weighted sum of its result by the image. */
function convolution(
  image: Case["image"],
  kernels: Tensor,
  { bias = false, backwards = false, pads }: Omit<Case, "name" | "image" | "kernels">,
): Graph<"y"> {
  const at = input("x", image);
  const y = ops.conv(at, constant(kernels), {
    ...(bias && { bias: constant(normal([kernels.shape[0]!], 5)) }),
    ...(pads && { pads }),
  });
  if (!backwards) return createGraph({ y });
  const [slope] = gradient(ops.reduceSum(ops.mul(y, input("x", y.shape))), [at]);
  return createGraph({ y: slope! });
}

/** Heights and widths of all convolution kernels in a graph. */
function kernelSizes(graph: Graph): string[] {
  return sortedValues(Object.values<Value>(graph.outputs)).flatMap((value) =>
    value.kind === "computed" && value.op.name === "Conv"
      ? [value.inputs[1]!.shape.slice(2).join()]
      : [],
  );
}

function normal(shape: Shape, seed: number): Tensor {
  const data = new Float32Array(elementCount(shape as number[]));
  seededRandom(seed).fillNormal(data);
  return tensor(data, shape as number[]);
}

function zeros(shape: readonly number[]): Tensor {
  return tensor(new Float32Array(elementCount(shape)), shape);
}

/** Length of the difference over length of the expected numbers. */
function relativeError(actual: Float64Array, expected: Float64Array): number {
  const length = (numbers: Float64Array): number =>
    Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0));
  return length(actual.map((value, i) => value - expected[i]!)) / length(expected);
}
