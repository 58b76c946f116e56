import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharedPath } from "../../../node/test/shared.ts";
import { DeepstyleError, FormatError, UnsupportedOpError } from "../../src/errors.ts";
import {
  constant,
  createGraph,
  input,
  sortedValues,
  type Graph,
  type Value,
} from "../../src/graph/value.ts";
import { encodeGraph } from "../../src/onnx/emit.ts";
import {
  decodeModel,
  encodeModel,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxValueInfo,
} from "../../src/onnx/model.ts";
import { decodeGraph, readGraph } from "../../src/onnx/read.ts";
import { allOps, ops } from "../../src/ops/index.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { denseOf, type Dense } from "../../src/tensor/dense.ts";
import { elementCount, evaluateDim, formatShape, mulDims, symbol } from "../../src/tensor/dim.ts";
import { int64, tensor, tensorOf, type Tensor } from "../../src/tensor/tensor.ts";
import { runModel } from "../onnxRuntime.ts";

// Sums of a few hundred float32 numbers of size one, in two orders.
const float32Tolerance = 1e-5;

/** Numbers that look random: enough to tell one element from another. */
function numbers(shape: readonly number[], seed = 0): Tensor {
  const data = Array.from({ length: elementCount(shape) }, (_, i) => Math.sin(7 * (i + 1) + seed));
  return tensor(data, shape);
}

function feedsFor(
  graph: Graph,
  sizes: Readonly<Record<string, number>> = {},
): Record<string, Tensor> {
  return Object.fromEntries(
    Object.values(graph.inputs).map(({ name, shape }, i) => [
      name,
      numbers(
        shape.map((dim) => evaluateDim(dim, sizes)),
        i,
      ),
    ]),
  );
}

function evaluated(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Record<string, Dense> {
  const dense = Object.entries(feeds).map(([name, fed]) => [name, denseOf(fed)] as const);
  return evaluate(graph, Object.fromEntries(dense));
}

function expectClose(
  actual: Readonly<Record<string, Dense>>,
  expected: Readonly<Record<string, Dense>>,
  tolerance: number,
): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, { shape, data }] of Object.entries(expected)) {
    expect(actual[name]!.shape).toEqual(shape);
    const scale = data.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
    const error = data.reduce(
      (max, value, i) => Math.max(max, Math.abs(value - actual[name]!.data[i]!) / scale),
      0,
    );
    expect(error).toBeLessThanOrEqual(tolerance);
  }
}

/** What is computed, in order, as far as it can be printed. */
function steps(graph: Graph): unknown[] {
  return sortedValues(Object.values(graph.outputs)).flatMap((value) =>
    value.kind === "computed"
      ? [[value.op.name, value.attributes, value.dtype, formatShape(value.shape)]]
      : [],
  );
}

const image = input("image", [2, 4, 6, 8]);
const mask = ops.greater(image, constant(0));
const channels = (seed: number): Value => constant(numbers([4], seed));
const kernels = constant(numbers([4, 2, 3, 2]));
const indices = constant(int64([2, 0, 0, 1], [4]));
const places = constant(tensorOf("int64", new BigInt64Array(2 * 4 * 3 * 8).fill(2n), [2, 4, 3, 8]));
const positive = ops.exp(image);
const window = { kernel: [2, 3], strides: [2, 1], pads: [1, 0, 0, 2] } as const;

/** One use of every operation, with settings that are not the defaults. */
const examples: Readonly<Record<string, Value>> = {
  Abs: ops.abs(image),
  Add: ops.add(image, constant(numbers([4, 1, 1]))),
  And: ops.and(mask, ops.not(mask)),
  AveragePool: ops.averagePool(image, window),
  BatchNormalization: ops.batchNormalization(
    image,
    channels(1),
    channels(2),
    channels(3),
    ops.exp(channels(4)),
    { epsilon: 0.5 },
  ),
  Cast: ops.cast(image, "int64"),
  Ceil: ops.ceil(image),
  Clip: ops.clip(image, { max: 0.5 }),
  Concat: ops.concat([image, positive], { axis: 1 }),
  Conv: ops.conv(image, kernels, {
    strides: [1, 2],
    pads: [0, 1, 2, 3],
    dilations: [2, 1],
    group: 2,
    bias: channels(5),
  }),
  ConvTranspose: ops.convTranspose(image, kernels, {
    strides: [2, 3],
    pads: [0, 1, 2, 1],
    outputPads: [1, 2],
    group: 2,
  }),
  Cos: ops.cos(image),
  CropLike: ops.cropLike(image, input("smaller", [1, 1, 5, 3]), { axes: [2, 3] }),
  DepthToSpace: ops.depthToSpace(image, 2, { mode: "CRD" }),
  Div: ops.div(image, positive),
  Equal: ops.equal(ops.floor(image), constant(-1)),
  Exp: positive,
  Expand: ops.expand(constant(numbers([6, 1])), [4, 6, 8]),
  Floor: ops.floor(image),
  Gather: ops.gather(image, indices, { axis: 1 }),
  GatherElements: ops.gatherElements(image, places, { axis: 2 }),
  Gram: ops.gram(ops.reshape(image, [2, 4, 48])),
  Greater: ops.cast(mask, "float32"),
  GreaterOrEqual: ops.greaterOrEqual(image, positive),
  GridSample: ops.gridSample(image, constant(numbers([2, 3, 5, 2])), {
    padding: "border",
    alignCorners: true,
  }),
  HardSigmoid: ops.hardSigmoid(image, { alpha: 0.25, beta: 0.375 }),
  InstanceNormalization: ops.instanceNormalization(image, channels(1), channels(2), {
    epsilon: 0.0078125,
  }),
  LeakyRelu: ops.leakyRelu(image, { alpha: 0.125 }),
  Less: ops.less(image, constant(0.5)),
  LessOrEqual: ops.lessOrEqual(image, constant(0.5)),
  LocalResponseNormalization: ops.localResponseNormalization(image, {
    size: 3,
    alpha: 0.5,
    beta: 0.625,
    bias: 2,
  }),
  Log: ops.log(positive),
  LpPool: ops.lpPool(image, window),
  MatMul: ops.matMul(image, constant(numbers([8, 3]))),
  Max: ops.max(image, constant(0.25)),
  MaxPool: ops.maxPool(image, { ...window, ceil: true }),
  Min: ops.min(image, constant(0.25)),
  Mul: ops.mul(image, image),
  Neg: ops.neg(image),
  Not: ops.not(mask),
  Or: ops.or(mask, ops.equal(image, image)),
  Pad: ops.pad(image, { pads: [1, 2, 3, 0], mode: "reflect" }),
  Pow: ops.pow(positive, constant(1.5)),
  ReduceMax: ops.reduceMax(image, { axes: [1, 3] }),
  ReduceMean: ops.reduceMean(image, { axes: [2], keepDims: true }),
  ReduceMin: ops.reduceMin(image),
  ReduceSum: ops.reduceSum(image, { axes: [] }),
  Relu: ops.relu(image),
  Reshape: ops.reshape(image, [8, 48]),
  ResizeBilinear: ops.resizeBilinear(image, { size: [7, 5] }),
  ResizeNearest: ops.resizeNearest(image, { scales: [3, 2] }),
  Round: ops.round(image),
  ScatterAdd: ops.scatterAdd(image, places, constant(numbers([2, 4, 3, 8])), { axis: 2 }),
  Sigmoid: ops.sigmoid(image),
  Sign: ops.sign(image),
  Sin: ops.sin(image),
  Slice: ops.slice(image, { axes: [3, 2], starts: [-1, 1], ends: [-Infinity, 5], steps: [-3, 2] }),
  Softmax: ops.softmax(image, { axis: 1 }),
  Softplus: ops.softplus(image),
  SpaceToDepth: ops.spaceToDepth(image, 2),
  Sqrt: ops.sqrt(positive),
  StopGradient: ops.stopGradient(image),
  Sub: ops.sub(image, positive),
  Tanh: ops.tanh(image),
  Transpose: ops.transpose(image, [0, 2, 3, 1]),
  Where: ops.where(mask, image, constant(0.5)),
};

type Step = (x: Value) => Value;

/** Steps that any image of at least 3×3 px can take and that leave such an image. */
const imageSteps: readonly Step[] = [
  (x) => {
    const c = x.shape[1] as number;
    return ops.conv(x, constant(numbers([3, c, 3, 2])), { pads: [1, 0, 1, 1], strides: [1, 1] });
  },
  (x) => ops.relu(x),
  (x) => ops.add(x, ops.mul(ops.tanh(x), constant(0.3))),
  (x) => {
    const c = x.shape[1] as number;
    const [scale, bias] = [constant(numbers([c])), constant(numbers([c], 1))];
    return ops.instanceNormalization(x, scale, bias, { epsilon: 2 ** -16 });
  },
  (x) => ops.pad(x, { pads: [1, 0, 2, 1], mode: "reflect" }),
  (x) => ops.maxPool(x, { kernel: [3, 2], strides: [1, 1], pads: [1, 0, 1, 1] }),
  (x) => ops.spaceToDepth(ops.resizeNearest(x, { scales: [2, 2] }), 2),
  (x) => ops.resizeBilinear(x, { scales: [1.5, 1] }),
  (x) => ops.concat([x, ops.sigmoid(x)], { axis: 1 }),
  (x) => ops.sub(x, ops.reduceMean(x, { axes: [2, 3], keepDims: true })),
  (x) => ops.transpose(x, [0, 1, 3, 2]),
];

const network: fc.Arbitrary<Step> = fc
  .array(fc.nat(imageSteps.length - 1), { minLength: 1, maxLength: 5 })
  .map((chosen) => (x) => chosen.reduce((y, step) => imageSteps[step]!(y), x));

/** Operations that ONNX writes as others: they come back as those. */
const writtenAsOthers = new Set(["CropLike", "Gram", "LpPool", "StopGradient"]);

describe("a graph read back from its bytes", () => {
  test("has an example for every operation", () => {
    expect(Object.keys(examples).sort()).toEqual(allOps.map(({ name }) => name).sort());
  });

  test.each(Object.entries(examples))("is the same graph and computes the same: %s", (name, y) => {
    const graph = createGraph({ y });
    const copy = decodeGraph(encodeGraph(graph));
    if (!writtenAsOthers.has(name)) expect(steps(copy)).toEqual(steps(graph));
    const feeds = feedsFor(graph);
    // Equal up to the rounding of settings that files hold as float32.
    expectClose(evaluated(copy, feeds), evaluated(graph, feeds), 1e-7);
  });

  test("is the same graph and computes the same, whatever was built", () => {
    fc.assert(
      fc.property(network, (build) => {
        const graph = createGraph({ y: build(input("x", [1, 2, 7, 9])), z: constant(2) });
        const copy = decodeGraph(encodeGraph(graph));
        expect(steps(copy)).toEqual(steps(graph));
        const feeds = feedsFor(graph);
        expectClose(evaluated(copy, feeds), evaluated(graph, feeds), 1e-7);
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  test("keeps symbolic sizes and runs at several of them", async () => {
    await fc.assert(
      fc.asyncProperty(network, async (build) => {
        const size = [mulDims(symbol("h"), 2), symbol("width")];
        const graph = createGraph({ y: build(input("x", [1, 2, ...size])) });
        const copy = decodeGraph(encodeGraph(graph));
        expect(steps(copy)).toEqual(steps(graph));
        const { x } = copy.inputs;
        expect(formatShape(x!.shape)).toBe("[1, 2, 2*h, width]");
        for (const sizes of [
          { h: 3, width: 7 },
          { h: 5, width: 12 },
        ]) {
          const feeds = feedsFor(graph, sizes);
          const expected = await runModel(encodeGraph(graph), feeds);
          expectClose(await runModel(encodeGraph(copy), feeds), expected, 0);
        }
      }),
      { seed: 2, numRuns: 10 },
    );
  });

  test("keeps the names of inputs, outputs and weights", () => {
    const weights = constant(numbers([3, 2, 1, 1]), "first layer");
    const y = ops.conv(input("photo", [1, 2, 4, 4]), weights);
    const copy = decodeGraph(encodeGraph(createGraph({ picture: y, again: y })));
    expect(Object.keys(copy.inputs)).toEqual(["photo"]);
    expect(Object.keys(copy.outputs)).toEqual(["picture", "again"]);
    expect(copy.outputs["picture"]).toBe(copy.outputs["again"]);
    const conv = copy.outputs["picture"]!;
    expect(conv.kind === "computed" && conv.inputs[1]).toEqual(weights);
  });
});

type Setting = number | string | readonly number[] | { float: number } | { floats: number[] };

/** A node as people write it: operator, inputs, settings, outputs (`y` if left out). */
type Node = readonly [
  type: string,
  inputs: readonly string[],
  settings?: Readonly<Record<string, Setting | OnnxAttribute>>,
  outputs?: readonly string[],
];

/** A model with an image `x`, named constants and an output `y`. */
function modelOf(
  opset: number,
  nodes: readonly Node[],
  constants: Readonly<Record<string, Tensor>> = {},
  shape: readonly (number | string)[] = [2, 4, 6, 7],
): OnnxModel {
  return {
    irVersion: 8,
    producerName: "",
    producerVersion: "",
    opsets: [{ domain: "", version: opset }],
    metadata: {},
    graph: {
      name: "",
      nodes: nodes.map(([type, inputs, settings = {}, outputs = ["y"]]) => ({
        type,
        inputs,
        outputs,
        attributes: Object.fromEntries(
          Object.entries(settings).map(([name, setting]) => [name, attributeOf(setting)]),
        ),
      })),
      initialisers: Object.entries(constants).map(([name, { dtype, shape, data }]) => ({
        name,
        dtype,
        shape,
        data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      })),
      inputs: [{ name: "x", dtype: "float32", shape }],
      outputs: [{ name: "y", dtype: "float32", shape: undefined as never }],
    },
  };
}

function attributeOf(setting: Setting | OnnxAttribute): OnnxAttribute {
  if (typeof setting === "number") return { kind: "int", value: setting };
  if (typeof setting === "string") return { kind: "string", value: setting };
  if ("kind" in setting) return setting;
  if ("float" in setting) return { kind: "float", value: setting.float };
  if ("floats" in setting) return { kind: "floats", value: setting.floats };
  return { kind: "ints", value: setting };
}

const ints = (...values: readonly number[]): Tensor => int64(values);
const w = { w: numbers([6, 2, 3, 2], 3) };
const conv = (settings: Readonly<Record<string, Setting>>): Node => [
  "Conv",
  ["x", "w"],
  { group: 2, ...settings },
];
const wt = { w: numbers([4, 3, 3, 2], 3) };

/** One line for each form: operator set, nodes, constants, and the image's shape where it matters. */
const forms: Readonly<Record<string, Parameters<typeof modelOf>>> = {
  "Conv with SAME_UPPER": [11, [conv({ auto_pad: "SAME_UPPER", strides: [2, 3] })], w],
  "Conv with SAME_LOWER": [11, [conv({ auto_pad: "SAME_LOWER", strides: [2, 2] })], w],
  "Conv with VALID": [11, [conv({ auto_pad: "VALID" })], w],
  "ConvTranspose with bias": [
    11,
    [["ConvTranspose", ["x", "w", "b"], { strides: [2, 1], output_padding: [1, 0] }]],
    { ...wt, b: numbers([3]) },
  ],
  "ConvTranspose with SAME_UPPER": [
    11,
    [["ConvTranspose", ["x", "w"], { strides: [2, 1], auto_pad: "SAME_UPPER" }]],
    wt,
  ],
  "ConvTranspose with SAME_LOWER": [
    11,
    [["ConvTranspose", ["x", "w"], { strides: [2, 1], auto_pad: "SAME_LOWER" }]],
    wt,
  ],
  "ConvTranspose with a smaller output_shape": [
    11,
    [["ConvTranspose", ["x", "w"], { strides: [2, 2], output_shape: [10, 13] }]],
    wt,
  ],
  "ConvTranspose with a larger output_shape": [
    11,
    [["ConvTranspose", ["x", "w"], { strides: [2, 2], output_shape: [14, 14] }]],
    wt,
  ],
  "MaxPool with SAME_UPPER": [
    8,
    [["MaxPool", ["x"], { kernel_shape: [3, 2], strides: [2, 2], auto_pad: "SAME_UPPER" }]],
  ],
  "MaxPool with ceil_mode": [
    12,
    [["MaxPool", ["x"], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }]],
  ],
  "AveragePool without pads": [
    7,
    [["AveragePool", ["x"], { kernel_shape: [3, 2], strides: [2, 1] }]],
  ],
  "AveragePool with a ceil_mode that does nothing": [
    10,
    [["AveragePool", ["x"], { kernel_shape: [2, 1], strides: [2, 1], ceil_mode: 1 }]],
  ],
  LpPool: [11, [["LpPool", ["x"], { kernel_shape: [2, 3], strides: [1, 2], pads: [1, 0, 0, 2] }]]],
  GlobalAveragePool: [7, [["GlobalAveragePool", ["x"]]]],
  GlobalMaxPool: [7, [["GlobalMaxPool", ["x"]]]],
  "BatchNormalization of opset 7": [
    7,
    [["BatchNormalization", ["x", "s", "s", "s", "v"], { epsilon: { float: 0.1 } }]],
    { s: numbers([4]), v: tensor([1, 2, 3, 4]) },
  ],
  LRN: [7, [["LRN", ["x"], { size: 3, alpha: { float: 2 } }]]],
  "Dropout of opset 7": [7, [["Dropout", ["x"], { ratio: { float: 0.5 } }, ["y", "mask"]]]],
  "Dropout of opset 12": [12, [["Dropout", ["x", "ratio"]]], { ratio: numbers([]) }],
  "Clip by attributes": [6 + 1, [["Clip", ["x"], { min: { float: -0.5 } }]]],
  "Clip by inputs": [11, [["Clip", ["x", "", "max"]]], { max: tensor([0.5], []) }],
  "Sum of three": [8, [["Sum", ["x", "s", "x"]]], { s: numbers([7]) }],
  "Max of three": [8, [["Max", ["x", "s", "t"]]], { s: numbers([7]), t: numbers([6, 1]) }],
  PRelu: [9, [["PRelu", ["x", "s"]]], { s: numbers([4, 1, 1]) }],
  Reciprocal: [
    13,
    [
      ["Exp", ["x"], {}, ["e"]],
      ["Reciprocal", ["e"]],
    ],
  ],
  "Pow by whole numbers": [13, [["Pow", ["x", "e"]]], { e: ints(3) }],
  "ReduceMean by attributes": [13, [["ReduceMean", ["x"], { axes: [-1, 1], keepdims: 0 }]]],
  "ReduceMean by inputs": [18, [["ReduceMean", ["x", "axes"]]], { axes: ints(-1, 1) }],
  "ReduceSum of everything": [13, [["ReduceSum", ["x"], { keepdims: 0 }]]],
  "ReduceSum of nothing": [13, [["ReduceSum", ["x"], { noop_with_empty_axes: 1 }]]],
  ReduceSumSquare: [11, [["ReduceSumSquare", ["x"], { axes: [2] }]]],
  "Softmax over the last axis before opset 13": [11, [["Softmax", ["x"], { axis: 3 }]]],
  "Softmax over channels before opset 13": [11, [["Softmax", ["x"]]], {}, [3, 5, 1, 1]],
  "Softmax without an axis": [13, [["Softmax", ["x"]]]],
  Gemm: [
    13,
    [
      ["Flatten", ["x"], { axis: 2 }, ["f"]],
      ["Gemm", ["f", "w", "b"], { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }],
    ],
    { w: numbers([3, 42]), b: numbers([3]) },
  ],
  "Gemm, transposed, without bias": [
    11,
    [
      ["Flatten", ["x"], { axis: -2 }, ["f"]],
      ["Gemm", ["f", "w"], { transA: 1 }],
    ],
    { w: numbers([8, 3]) },
  ],
  "Reshape with 0 and -1": [13, [["Reshape", ["x", "shape"]]], { shape: ints(0, -1, 3) }],
  "Squeeze by attributes": [11, [["Squeeze", ["x"], { axes: [-2] }]], {}, [2, 1, 1, 3]],
  "Squeeze of everything": [13, [["Squeeze", ["x"]]], {}, [2, 1, 1, 3]],
  "Squeeze by inputs": [13, [["Squeeze", ["x", "axes"]]], { axes: ints(1) }, [2, 1, 1, 3]],
  "Unsqueeze by attributes": [11, [["Unsqueeze", ["x"], { axes: [0, 5] }]]],
  "Unsqueeze by inputs": [13, [["Unsqueeze", ["x", "axes"]]], { axes: ints(-1, 1) }],
  Expand: [13, [["Expand", ["x", "shape"]]], { shape: ints(3, 1, 1, 6, 1) }],
  "Transpose without perm": [13, [["Transpose", ["x"]]]],
  "Slice by attributes": [9, [["Slice", ["x"], { axes: [3, 1], starts: [-3, 1], ends: [9, 3] }]]],
  "Slice by inputs": [
    13,
    [["Slice", ["x", "starts", "ends", "", "steps"]]],
    { starts: ints(1, 3), ends: ints(2 ** 53, -(2 ** 53)), steps: ints(1, -2) },
  ],
  "Split in equal parts": [11, [["Split", ["x"], { axis: 1 }, ["a", "y"]]]],
  "Split by attributes": [11, [["Split", ["x"], { axis: -1, split: [1, 4, 2] }, ["a", "y", "b"]]]],
  "Split by inputs": [
    13,
    [["Split", ["x", "parts"], { axis: 2 }, ["a", "y"]]],
    { parts: ints(5, 1) },
  ],
  "Split in a number of parts": [
    18,
    [["Split", ["x"], { axis: 3, num_outputs: 3 }, ["a", "b", "y"]]],
  ],
  "Concat along a negative axis": [13, [["Concat", ["x", "x"], { axis: -3 }]]],
  "Gather by int32": [
    13,
    [["Gather", ["x", "i"], { axis: -1 }]],
    { i: tensorOf("int32", Int32Array.of(2, -1), [2, 1]) },
  ],
  "Pad by attributes": [
    9,
    [["Pad", ["x"], { pads: [0, 0, 1, 2, 0, 0, 3, 0], value: { float: 2 } }]],
  ],
  "Pad by inputs": [
    13,
    [["Pad", ["x", "pads", "value"]]],
    { pads: ints(0, 0, 1, 2, 0, 1, 3, 0), value: tensor([2], []) },
  ],
  "Pad of some axes": [
    18,
    [["Pad", ["x", "pads", "", "axes"], { mode: "edge" }]],
    { pads: ints(1, 2, 3, 4), axes: ints(-1, 2) },
  ],
  "Upsample of opset 7": [
    7,
    [["Upsample", ["x"], { mode: "nearest", scales: { floats: [1, 1, 2, 3] } }]],
  ],
  "Upsample of opset 9": [9, [["Upsample", ["x", "scales"]]], { scales: tensor([1, 1, 2, 2]) }],
  "Resize of opset 10": [10, [["Resize", ["x", "scales"]]], { scales: tensor([1, 1, 3, 2]) }],
  "Resize by PyTorch's exporter, nearest": [
    11,
    [
      [
        "Resize",
        ["x", "roi", "scales"],
        { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
      ],
    ],
    { roi: tensor([]), scales: tensor([1, 1, 3, 2]) },
  ],
  "Resize, nearest, with all defaults": [
    13,
    [["Resize", ["x", "", "scales"]]],
    { scales: tensor([1, 1, 3, 4]) },
  ],
  "Resize by PyTorch's exporter, bilinear": [
    11,
    [
      [
        "Resize",
        ["x", "roi", "roi", "sizes"],
        {
          mode: "linear",
          coordinate_transformation_mode: "pytorch_half_pixel",
          cubic_coeff_a: { float: -0.75 },
          nearest_mode: "floor",
        },
      ],
    ],
    { roi: tensor([]), sizes: ints(2, 4, 9, 5) },
  ],
  "Resize, bilinear by scales": [
    13,
    [["Resize", ["x", "roi", "scales"], { mode: "linear" }]],
    { roi: tensor([]), scales: tensor([1, 1, 0.5, 1.25]) },
  ],
  "Resize of some axes": [
    18,
    [["Resize", ["x", "", "", "sizes"], { mode: "nearest", axes: [3, -2] }]],
    { sizes: ints(21, 12) },
  ],
  "DepthToSpace of opset 7": [7, [["DepthToSpace", ["x"], { blocksize: 2 }]]],
  "DepthToSpace, depth first": [11, [["DepthToSpace", ["x"], { blocksize: 2, mode: "CRD" }]]],
  "GridSample of opset 20": [
    20,
    [["GridSample", ["x", "grid"], { mode: "linear" }]],
    { grid: numbers([2, 3, 5, 2]) },
  ],
  "ScatterElements that adds": [
    16,
    [["ScatterElements", ["x", "i", "u"], { axis: -1, reduction: "add" }]],
    { i: int64(new Array<number>(48).fill(3), [2, 4, 6, 1]), u: numbers([2, 4, 6, 1]) },
  ],
  "Constant of each kind": [
    13,
    [
      ["Constant", [], { value_float: { float: 2 } }, ["a"]],
      ["Constant", [], { value_floats: { floats: [1, 2, 3, 4, 5, 6, 7] } }, ["b"]],
      ["Constant", [], { value_ints: [0, -1] }, ["c"]],
      ["Constant", [], { value_int: 4 }, ["d"]],
      ["Cast", ["d"], { to: 1 }, ["e"]],
      ["Sum", ["x", "a", "b", "e"], {}, ["s"]],
      ["Reshape", ["s", "c"]],
    ],
  ],
  "sizes computed from the shape": [
    13,
    [
      ["Shape", ["x"], {}, ["shape"]],
      ["Gather", ["shape", "one"], {}, ["channels"]],
      ["Unsqueeze", ["channels", "zero"], {}, ["first"]],
      ["Concat", ["first", "minusOne"], { axis: 0 }, ["wanted"]],
      ["Reshape", ["x", "wanted"]],
    ],
    { one: int64([1], []), zero: ints(0), minusOne: ints(-1) },
  ],
  "ImageScaler, Crop and Affine of Windows ML": [
    7,
    [
      ["ImageScaler", ["x"], { scale: { float: 2 }, bias: { floats: [1, 2, 3, 4] } }, ["a"]],
      ["Crop", ["a"], { border: [1, 2, 0, 3] }, ["b"]],
      ["Affine", ["b"], { alpha: { float: -1.5 }, beta: { float: 0.25 } }],
    ],
  ],
};

describe("a form that other programs write, and what onnxruntime computes from it", () => {
  test.each(Object.entries(forms))("%s", async (_, form) => {
    const model = modelOf(...form);
    const graph = readGraph(model);
    const feeds = feedsFor(graph);
    const expected = await runModel(encodeModel(model), feeds);
    expectClose(evaluated(graph, feeds), { y: expected["y"]! }, float32Tolerance);
  });
});

describe("the published network candy.onnx", () => {
  const path = sharedPath("weights", "peers", "candy.onnx");

  test.skipIf(path === undefined)(
    "is read with its sizes and its own operators (needs weights/peers in ../shared)",
    () => {
      const { inputs, outputs } = decodeGraph(readFileSync(path!));
      expect(formatShape(inputs["inputImage"]!.shape)).toBe("[None, 3, 720, 720]");
      expect(formatShape(outputs["outputImage"]!.shape)).toBe("[None, 3, 720, 720]");
    },
  );

  test.skipIf(path === undefined)(
    "paints the same picture when read and written again (needs weights/peers in ../shared)",
    async () => {
      const file = encodeModel(withSide(decodeModel(readFileSync(path!)), 120));
      const pixels = Float32Array.from({ length: 3 * 120 * 120 }, (_, i) => (i * 7919) % 256);
      const feeds = { inputImage: tensor(pixels, [1, 3, 120, 120]) };
      const expected = await runModel(file, feeds);
      expectClose(await runModel(encodeGraph(decodeGraph(file)), feeds), expected, 0);
    },
  );
});

/** The network for images of another side than 720 px, which its transposed convolutions fix. */
function withSide(model: OnnxModel, side: number): OnnxModel {
  const { graph } = model;
  const resized = (size: number): number => (size * side) / 720;
  const nodes = graph.nodes.map((node) => {
    const { output_shape: given, ...attributes } = node.attributes;
    if (given?.kind !== "ints") return node;
    // 360 and 720 px and a border of one on each side, which is cropped again.
    const value = given.value.map((size) => resized(Number(size) - 2) + 2);
    return { ...node, attributes: { ...attributes, output_shape: { ...given, value } } };
  });
  const scaled = (info: OnnxValueInfo): OnnxValueInfo => ({
    ...info,
    shape: info.shape!.map((size) => (size === 720 ? side : size)),
  });
  const [inputImage, ...weights] = graph.inputs;
  return {
    ...model,
    graph: {
      ...graph,
      nodes,
      inputs: [scaled(inputImage!), ...weights],
      outputs: graph.outputs.map(scaled),
    },
  };
}

type Refusal = readonly [...Parameters<typeof modelOf>];

const refused: Readonly<Record<string, readonly [Refusal, string]>> = {
  "an operator that is not known": [
    [13, [["Einsum", ["x", "x"]]]],
    'ONNX node "y" (Einsum): the operator is not supported. Supported: Abs, Add, ',
  ],
  "an operator named like a method of objects": [
    [13, [["toString", ["x"]]]],
    'ONNX node "y" (toString): the operator is not supported.',
  ],
  "an operator set that is too old": [
    [6, [["Relu", ["x"]]]],
    "ONNX operator set 6 is not supported. Supported: 7 to 22.",
  ],
  "a setting that is not known": [
    [13, [["Relu", ["x"], { alpha: { float: 2 } }]]],
    'ONNX node "y" (Relu): attribute "alpha" is not supported.',
  ],
  "an input too many": [
    [13, [["Relu", ["x", "x"]]]],
    'ONNX node "y" (Relu): input 1 is not supported.',
  ],
  "a setting of another value": [
    [13, [["AveragePool", ["x"], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }]]],
    "padding that does not count is not supported. Supported: count_include_pad 1.",
  ],
  "a third spatial axis": [
    [13, [["MaxPool", ["x"], { kernel_shape: [2, 2, 2] }]], {}, [1, 2, 4, 4, 4]],
    "an input of shape [1, 2, 4, 4, 4] is not supported. Supported: images [n, c, h, w].",
  ],
  "a result that is not known": [
    [
      13,
      [
        ["MaxPool", ["x"], { kernel_shape: [2, 2] }, ["m", "places"]],
        ["Identity", ["places"]],
      ],
    ],
    'ONNX node "m" (MaxPool): output 1 ("places") is not supported.',
  ],
  "resizing that places pixels otherwise": [
    [
      13,
      [
        [
          "Resize",
          ["x", "", "scales"],
          { mode: "linear", coordinate_transformation_mode: "align_corners" },
        ],
      ],
      { scales: tensor([1, 1, 2, 2]) },
    ],
    'mode "linear" with align_corners, round_prefer_floor and scales 2, 2 is not supported.',
  ],
  "nearest resizing that does not repeat": [
    [
      13,
      [["Resize", ["x", "", "scales"], { coordinate_transformation_mode: "asymmetric" }]],
      { scales: tensor([1, 1, 3, 3]) },
    ],
    'mode "nearest" with asymmetric, round_prefer_floor',
  ],
  "division of whole numbers": [
    [
      13,
      [
        ["Shape", ["x"], {}, ["s"]],
        ["Div", ["s", "two"]],
      ],
      { two: ints(2) },
    ],
    "division of int64 is not supported. Supported: floating point.",
  ],
  "training mode": [
    [13, [["Dropout", ["x", "", "t"]]], { t: tensorOf("bool", Uint8Array.of(1), []) }],
    "training mode is not supported. Supported: inference.",
  ],
  "a shape that depends on what is fed": [
    [
      13,
      [
        ["Cast", ["x"], { to: 7 }, ["shape"]],
        ["Reshape", ["x", "shape"]],
      ],
      {},
      [2],
    ],
    "input 1 that depends on the graph's inputs is not supported. Supported: constants.",
  ],
  "a shape that depends on a symbolic size": [
    [13, [["Shape", ["x"]]], {}, [1, "c", 4, 4]],
    "the shape [1, c, 4, 4] as numbers is not supported. Supported: known sizes.",
  ],
  "auto_pad that depends on a symbolic size": [
    [13, [conv({ auto_pad: "SAME_UPPER", strides: [2, 2] })], w, [1, 4, "h", "w"]],
    'auto_pad "SAME_UPPER" with a stride and an unknown size is not supported. Supported: pads.',
  ],
};

const contradictory: Readonly<Record<string, readonly [Refusal, string]>> = {
  "a missing input": [[13, [["Add", ["x"]]]], 'ONNX node "y" (Add): input 1 is missing.'],
  "a missing setting": [
    [13, [["Concat", ["x"]]]],
    'ONNX node "y" (Concat): attribute "axis" is missing.',
  ],
  "a setting of another kind": [
    [13, [["Concat", ["x"], { axis: [1] }]]],
    'attribute "axis" must be of kind int, got ints.',
  ],
  "a stride of nothing": [
    [13, [conv({ strides: [0, 1] })], w],
    'attribute "strides" must be >= 1, got [0, 1].',
  ],
  "a value that nothing writes": [
    [13, [["Relu", ["z"]]]],
    'ONNX node "y" (Relu): "z" is read before it is written.',
  ],
  "a value that is written twice": [
    [13, [["Relu", ["x"], {}, ["x"]]]],
    'The ONNX graph has two values called "x".',
  ],
  "an output that nothing writes": [
    [13, [["Relu", ["x"], {}, ["z"]]]],
    'The ONNX graph\'s outputs: "y" is read before it is written.',
  ],
  "half a pixel": [
    [13, [["Reshape", ["x", "shape"]]], { shape: tensor([2.5, -1]) }],
    "input 1 must hold whole numbers, got [2.5, -1].",
  ],
};

describe("refused with one line that names the node", () => {
  test.each(Object.entries(refused))("%s", (_, [model, message]) => {
    expect(() => readGraph(modelOf(...model))).toThrow(UnsupportedOpError);
    expect(() => readGraph(modelOf(...model))).toThrow(message);
  });

  test.each(Object.entries(contradictory))("%s", (_, [model, message]) => {
    expect(() => readGraph(modelOf(...model))).toThrow(FormatError);
    expect(() => readGraph(modelOf(...model))).toThrow(message);
  });

  test("an operator of another domain", () => {
    const model = modelOf(13, [["Gelu", ["x"]]]);
    const nodes = model.graph.nodes.map((node) => ({
      ...node,
      name: "act",
      domain: "com.microsoft",
    }));
    const foreign = { ...model, graph: { ...model.graph, nodes } };
    expect(() => readGraph(foreign)).toThrow(
      'ONNX node "act" (com.microsoft.Gelu): the operator is not supported.',
    );
  });

  test("shapes that do not fit", () => {
    expect(() => readGraph(modelOf(13, [["MatMul", ["x", "w"]]], { w: numbers([6, 2]) }))).toThrow(
      'ONNX node "y" (MatMul): MatMul(x[2, 4, 6, 7], w[6, 2]): needs [..., m, k] and [..., k, n]',
    );
  });

  test("an input whose rank is not known, and a graph without outputs", () => {
    const { graph, ...rest } = modelOf(13, [["Relu", ["x"]]]);
    const rankless = { ...graph, inputs: [{ name: "x", dtype: "float32" as const }] };
    expect(() => readGraph({ ...rest, graph: rankless })).toThrow(
      'ONNX input "x" has no shape: its rank must be known.',
    );
    expect(() => readGraph({ ...rest, graph: { ...graph, outputs: [] } })).toThrow(
      "The ONNX graph has no outputs.",
    );
  });
});

test("an input's sizes keep their names, odd ones too, and get one where they have none", () => {
  const model = modelOf(13, [["Relu", ["x"]]], {}, [1, "", "2*h+1", "batch size"]);
  expect(formatShape(readGraph(model).inputs["x"]!.shape)).toBe("[1, x_1, 2*h+1, batch size]");
});

test("a file with some bytes changed is read or refused, never worse", () => {
  const seeds = ["Conv", "Resize", "Pad"].map((name) =>
    encodeGraph(createGraph({ y: examples[name === "Resize" ? "ResizeBilinear" : name]! })),
  );
  const formFiles = Object.values(forms)
    .filter(([, nodes]) => nodes.length > 1)
    .map((form) => encodeModel(modelOf(...form)));
  const change = fc.tuple(fc.nat(), fc.nat(255));
  fc.assert(
    fc.property(
      fc.constantFrom(...seeds, ...formFiles),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (file, changes) => {
        const changed = Uint8Array.from(file);
        for (const [at, byte] of changes) changed[at % changed.length] = byte;
        try {
          decodeGraph(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(DeepstyleError);
        }
      },
    ),
    { seed: 3, numRuns: 3000 },
  );
});
