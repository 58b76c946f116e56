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
import { rewrite } from "../../src/passes/simplify.ts";
import { winograd } from "../../src/passes/winograd.ts";
import { denseOf } from "../../src/tensor/dense.ts";
import { elementCount, symbol, type Shape } from "../../src/tensor/dim.ts";
import { seededRandom } from "../../src/tensor/rng.ts";
import { tensor, tensorOf, type Tensor } from "../../src/tensor/tensor.ts";
import { runOnnx } from "../onnxRuntime.ts";

// Kernels are shared: drawing them takes longer than convolving.
const kernels = new Map<number, Value>();

/** What is convolved, and how. */
interface Case {
  readonly name: string;
  readonly image: readonly [n: number, c: number, h: number, w: number];
  /** Number of output channels. */
  readonly filters?: number;
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
    filters: 288,
    pads: [1, 1, 1, 1],
    bias: true,
  },
  { name: "fewer channels out than in", image: [1, 256, 5, 5], filters: 128, pads: [1, 1, 1, 1] },
  {
    name: "the rotated kernels of a gradient",
    image: [2, 256, 5, 7],
    filters: 272,
    pads: [1, 1, 1, 1],
    backwards: true,
  },
  {
    name: "the rotated kernels of a gradient with more channels than go in",
    image: [1, 256, 6, 4],
    filters: 128,
    pads: [1, 1, 1, 1],
    backwards: true,
  },
  {
    name: "the rotated kernels of a gradient without pads",
    image: [1, 256, 5, 4],
    backwards: true,
  },
];

describe.each(cases)("a wide 3×3 convolution with $name", (convolved) => {
  const direct = convolution(convolved);
  const tiled = winograd(direct);

  test("becomes products of matrices between transforms by 6×6 kernels", () => {
    expect(kernelSizes(direct)).toEqual(["3,3"]);
    expect(kernelSizes(tiled)).toEqual(["6,6"]);
  });

  test("has the same result in ONNX Runtime to 1e-4", async () => {
    const x = normal(direct.inputs["x"]!.shape, 3);
    const expected = (await runOnnx(direct, { x })).y!;
    const actual = (await runOnnx(tiled, { x })).y!;
    expect(actual.shape).toEqual(expected.shape);
    expect(relativeError(actual.data, expected.data)).toBeLessThan(1e-4);
  });
});

// The oracle is slow; these two have everything at once.
const exactCases: readonly Case[] = [
  { name: "a result", image: [2, 256, 5, 3], filters: 120, pads: [1, 2, 0, 1], bias: true },
  { name: "a gradient", image: [2, 256, 3, 2], filters: 120, pads: [1, 1, 1, 1], backwards: true },
];

test.each(exactCases)(
  "$name is the same in float64 to 1e-9, given exact fractions",
  (convolved) => {
    const direct = convolution(convolved);
    const x = denseOf(normal(direct.inputs["x"]!.shape, 3));
    const expected = evaluate(direct, { x }).y;
    const actual = evaluate(withExactFractions(winograd(direct)), { x }).y;
    expect(actual.shape).toEqual(expected.shape);
    expect(relativeError(actual.data, expected.data)).toBeLessThan(1e-9);
  },
);

/**
 * The transform of the kernels has sixths, which a graph holds as float32: 2e-7 of the result. This
 * puts the fractions themselves in their place, so that what remains is the algebra.
 */
function withExactFractions<Output extends string>(graph: Graph<Output>): Graph<Output> {
  // G of F(4×4, 3×3): Lavin and Gray 2016, section 4.3.
  const g = [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
  ];
  const square = g.flatMap((a) => g.flatMap((b) => a.flatMap((x) => b.map((y) => x * y))));
  return rewrite(graph, (value) => {
    if (value.kind !== "constant" || value.name !== "winograd.kernel") return value;
    expect(value.tensor.data).toEqual(Float32Array.from(square));
    return constant(tensorOf("float64", Float64Array.from(square), value.tensor.shape));
  });
}

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
    "a convolution from 128 to 128 channels": ops.conv(
      input("x", [1, 128, 8, 8]),
      constant(zeros([128, 128, 3, 3])),
    ),
    "a convolution to 48 channels": ops.conv(image, constant(zeros([48, 256, 3, 3]))),
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

/** A convolution `x → y`, or the gradient by its image of the result times `x`. */
function convolution({ image, filters = 256, bias, pads, backwards }: Case): Graph<"y"> {
  const at = input("image", image);
  const y = ops.conv(backwards ? at : input("x", image), kernelsOf(filters), {
    ...(bias && { bias: constant(normal([filters], 2)) }),
    ...(pads && { pads }),
  });
  if (!backwards) return createGraph({ y });
  const [slope] = gradient(ops.reduceSum(ops.mul(y, input("x", y.shape))), [at]);
  return createGraph({ y: slope! });
}

function kernelsOf(filters: number): Value {
  const known = kernels.get(filters) ?? constant(normal([filters, 256, 3, 3], 1));
  kernels.set(filters, known);
  return known;
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
