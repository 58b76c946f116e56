// How each ONNX operator becomes values of ours. Meanings, defaults and versions are those of ONNX's
// operator descriptions (github.com/onnx/onnx, docs/Operators.md and docs/Changelog.md).

import { inferPool, poolAttributes, type PoolAttributes } from "../graph/pooling.ts";
import { broadcastShapes, normaliseAxes } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { ops } from "../ops/index.ts";
import {
  addDims,
  equalDims,
  equalShapes,
  floorDivDim,
  formatShape,
  isStatic,
  mulDims,
  type Dim,
  type Shape,
} from "../tensor/dim.ts";
import { dtypeCodes, type DType } from "../tensor/dtype.ts";
import { int64, tensor } from "../tensor/tensor.ts";

import type { NodeReader } from "./nodeReader.ts";

/** Builds what a node computes: its result, or all of them. */
type Read = (node: NodeReader) => Value | readonly Value[];

type Pair = readonly [number, number];
type Pads = readonly [number, number, number, number];

const unary =
  (build: (x: Value) => Value): Read =>
  (node) =>
    build(node.input(0));

const binary =
  (build: (a: Value, b: Value) => Value): Read =>
  (node) =>
    build(node.input(0), node.input(1));

const variadic =
  (build: (a: Value, b: Value) => Value): Read =>
  (node) =>
    node.allInputs().reduce((a, b) => build(a, b));

/** The operators that are understood, and how. */
export const operators: ReadonlyMap<string, Read> = new Map<string, Read>([
  ["Abs", unary(ops.abs)],
  ["Add", binary(ops.add)],
  ["Affine", readAffine],
  ["And", binary(ops.and)],
  ["AveragePool", readAveragePool],
  ["BatchNormalization", readBatchNormalization],
  ["Cast", (node) => ops.cast(node.input(0), dtypeFrom(node))],
  ["Ceil", unary(ops.ceil)],
  ["Clip", readClip],
  ["Concat", (node) => ops.concat(node.allInputs(), { axis: node.int("axis") })],
  ["Constant", readConstant],
  ["Conv", readConv],
  ["ConvTranspose", readConvTranspose],
  ["Cos", unary(ops.cos)],
  ["Crop", readCrop],
  ["DepthToSpace", readDepthToSpace],
  ["Div", readDiv],
  ["Dropout", readDropout],
  ["Equal", binary(ops.equal)],
  ["Exp", unary(ops.exp)],
  ["Expand", readExpand],
  ["Flatten", readFlatten],
  ["Floor", unary(ops.floor)],
  ["Gather", (node) => ops.gather(node.input(0), indices(node, 1), { axis: node.int("axis", 0) })],
  [
    "GatherElements",
    (node) => ops.gatherElements(node.input(0), indices(node, 1), { axis: node.int("axis", 0) }),
  ],
  ["Gemm", readGemm],
  ["GlobalAveragePool", (node) => ops.reduceMean(node.input(0), pixels(node.input(0)))],
  ["GlobalMaxPool", (node) => ops.reduceMax(node.input(0), pixels(node.input(0)))],
  ["Greater", binary(ops.greater)],
  ["GreaterOrEqual", binary(ops.greaterOrEqual)],
  ["GridSample", readGridSample],
  [
    "HardSigmoid",
    (node) =>
      ops.hardSigmoid(node.input(0), {
        alpha: node.float("alpha", 0.2),
        beta: node.float("beta", 0.5),
      }),
  ],
  ["Identity", unary((x) => x)],
  ["ImageScaler", readImageScaler],
  [
    "InstanceNormalization",
    (node) =>
      ops.instanceNormalization(node.input(0), node.input(1), node.input(2), {
        epsilon: node.float("epsilon", 1e-5),
      }),
  ],
  ["LRN", readLocalResponseNormalization],
  ["LeakyRelu", (node) => ops.leakyRelu(node.input(0), { alpha: node.float("alpha", 0.01) })],
  ["Less", binary(ops.less)],
  ["LessOrEqual", binary(ops.lessOrEqual)],
  ["Log", unary(ops.log)],
  ["LpPool", readLpPool],
  ["MatMul", binary(ops.matMul)],
  ["Max", variadic(ops.max)],
  ["MaxPool", readMaxPool],
  ["Min", variadic(ops.min)],
  ["Mul", binary(ops.mul)],
  ["Neg", unary(ops.neg)],
  ["Not", unary(ops.not)],
  ["Or", binary(ops.or)],
  ["PRelu", binary(leakyBySlope)],
  ["Pad", readPad],
  ["Pow", binary((a, b) => ops.pow(a, ops.cast(b, a.dtype)))],
  ["Reciprocal", unary((x) => ops.div(constant(1), x))],
  ["ReduceMax", reduction(ops.reduceMax, 18)],
  ["ReduceMean", reduction(ops.reduceMean, 18)],
  ["ReduceMin", reduction(ops.reduceMin, 18)],
  ["ReduceSum", reduction(ops.reduceSum, 13)],
  ["ReduceSumSquare", reduction((x, options) => ops.reduceSum(ops.mul(x, x), options), 18)],
  ["Relu", unary(ops.relu)],
  ["Reshape", readReshape],
  ["Resize", readResize],
  ["Round", unary(ops.round)],
  ["ScatterElements", readScatterElements],
  ["Shape", readShape],
  ["Sigmoid", unary(ops.sigmoid)],
  ["Sign", unary(ops.sign)],
  ["Sin", unary(ops.sin)],
  ["Slice", readSlice],
  ["Softmax", readSoftmax],
  ["Softplus", unary(ops.softplus)],
  ["SpaceToDepth", (node) => ops.spaceToDepth(node.input(0), atLeastOne(node, "blocksize"))],
  ["Split", readSplit],
  ["Sqrt", unary(ops.sqrt)],
  ["Squeeze", readSqueeze],
  ["Sub", binary(ops.sub)],
  ["Sum", variadic(ops.add)],
  ["Tanh", unary(ops.tanh)],
  ["Transpose", readTranspose],
  ["Unsqueeze", readUnsqueeze],
  ["Upsample", readResize],
  ["Where", (node) => ops.where(node.input(0), node.input(1), node.input(2))],
]);

function image(node: NodeReader): Value {
  const x = node.input(0);
  if (x.shape.length !== 4)
    throw node.unsupported(`an input of shape ${formatShape(x.shape)}`, "images [n, c, h, w]");
  return x;
}

function atLeastOne(node: NodeReader, name: string, fallback?: number): number {
  const value = node.int(name, fallback);
  if (value < 1) throw node.unsupported(`${name} ${value}`, "whole numbers from 1");
  return value;
}

/** Indices are int64 here; ONNX allows int32 as well. */
function indices(node: NodeReader, index: number): Value {
  return ops.cast(node.input(index), "int64");
}

function pixels({ shape }: Value): { axes: readonly number[]; keepDims: true } {
  return { axes: shape.flatMap((_, axis) => (axis < 2 ? [] : [axis])), keepDims: true };
}

function dtypeFrom(node: NodeReader): DType {
  node.ignore("saturate");
  const code = node.int("to");
  const known = (Object.keys(dtypeCodes) as DType[]).find((dtype) => dtypeCodes[dtype] === code);
  if (known === undefined)
    throw node.unsupported(`element type ${code}`, Object.keys(dtypeCodes).join(", "));
  return known;
}

function readConstant(node: NodeReader): Value {
  if (node.has("value_float")) return constant(node.float("value_float"));
  if (node.has("value_int")) return constant(int64([node.int("value_int")], []));
  const floats = node.floats("value_floats");
  const ints = node.ints("value_ints");
  const value = floats ? tensor(floats) : ints ? int64(ints) : node.tensor("value");
  if (value === undefined) throw node.unsupported("a constant without numbers");
  return constant(value);
}

/** Whole numbers divide with truncation in ONNX, which no operation of ours does. */
function readDiv(node: NodeReader): Value {
  const a = node.input(0);
  if (!a.dtype.startsWith("float"))
    throw node.unsupported(`division of ${a.dtype}`, "floating point");
  return ops.div(a, node.input(1));
}

function readDropout(node: NodeReader): Value {
  node.ignore("ratio", "seed", 1);
  if (node.optionalNumbers(2)?.[0] === 1) throw node.unsupported("training mode", "inference");
  return node.input(0);
}

function leakyBySlope(x: Value, slope: Value): Value {
  return ops.add(ops.relu(x), ops.mul(slope, ops.min(x, constant(0))));
}

function readClip(node: NodeReader): Value {
  const x = node.input(0);
  if (node.opset >= 11)
    return ops.clip(x, { min: node.optionalNumbers(1)?.[0], max: node.optionalNumbers(2)?.[0] });
  const end = (name: string): number | undefined => (node.has(name) ? node.float(name) : undefined);
  return ops.clip(x, { min: end("min"), max: end("max") });
}

function readGemm(node: NodeReader): Value {
  const transposed = (index: number, name: string): Value => {
    const x = node.input(index);
    return node.int(name, 0) === 0 ? x : ops.transpose(x, [1, 0]);
  };
  const scaled = (x: Value, name: string): Value => {
    const factor = node.float(name, 1);
    return factor === 1 ? x : ops.mul(x, constant(factor));
  };
  const product = ops.matMul(transposed(0, "transA"), transposed(1, "transB"));
  const scaledProduct = scaled(product, "alpha");
  const bias = node.optionalInput(2);
  node.ignore("beta");
  return bias === undefined ? scaledProduct : ops.add(scaledProduct, scaled(bias, "beta"));
}

function readSoftmax(node: NodeReader): Value {
  const x = node.input(0);
  const rank = x.shape.length;
  const axis = node.int("axis", node.opset < 13 ? 1 : -1);
  // Before opset 13 the axis and all after it were one.
  if (node.opset < 13 && x.shape.slice(axis + (axis < 0 ? rank : 0) + 1).some((dim) => dim !== 1))
    throw node.unsupported("softmax over several axes", "the last axis");
  return ops.softmax(x, { axis });
}

function reduction(
  build: (x: Value, options: { axes?: readonly number[]; keepDims: boolean }) => Value,
  axesAreInputSince: number,
): Read {
  return (node) => {
    const x = node.input(0);
    const axes = node.attributeOrInput("axes", 1, axesAreInputSince) ?? [];
    const keepDims = node.int("keepdims", 1) === 1;
    const noneMeansNone = node.int("noop_with_empty_axes", 0) === 1;
    return build(x, axes.length > 0 || noneMeansNone ? { axes, keepDims } : { keepDims });
  };
}

function readBatchNormalization(node: NodeReader): Value {
  node.ignore("momentum");
  node.expect("spatial", 1);
  node.expect("training_mode", 0);
  const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => node.input(i));
  const epsilon = node.float("epsilon", 1e-5);
  return ops.batchNormalization(x!, scale!, bias!, mean!, variance!, { epsilon });
}

function readLocalResponseNormalization(node: NodeReader): Value {
  return ops.localResponseNormalization(image(node), {
    size: node.int("size"),
    alpha: node.float("alpha", 1e-4),
    beta: node.float("beta", 0.75),
    bias: node.float("bias", 1),
  });
}

function readGridSample(node: NodeReader): Value {
  const mode = node.text("mode", "linear");
  const padding = node.text("padding_mode", "zeros");
  if (mode !== "linear" && mode !== "bilinear") throw node.unsupported(`mode "${mode}"`, "linear");
  if (padding !== "zeros" && padding !== "border")
    throw node.unsupported(`padding_mode "${padding}"`, "zeros, border");
  const alignCorners = node.int("align_corners", 0) === 1;
  return ops.gridSample(image(node), node.input(1), { padding, alignCorners });
}

// Convolution and pooling

/** How a window slides, whatever it does. */
interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

function reachOf({ kernel, dilations }: Window, axis: 0 | 1): number {
  return dilations[axis] * (kernel[axis] - 1) + 1;
}

function explicitPads(node: NodeReader): Pads {
  const pads = node.ints("pads") ?? [0, 0, 0, 0];
  if (pads.length !== 4 || pads.some((pad) => pad < 0))
    throw node.unsupported(`pads [${pads.join(", ")}]`, "four numbers from 0");
  return [pads[0]!, pads[1]!, pads[2]!, pads[3]!];
}

/** The pads of a window that slides over an image; `auto_pad` becomes explicit. */
function windowPads(node: NodeReader, x: Value, window: Window): Pads {
  const explicit = explicitPads(node);
  const auto = node.text("auto_pad", "NOTSET");
  if (auto === "NOTSET") return explicit;
  if (auto === "VALID") return [0, 0, 0, 0];
  const total = (axis: 0 | 1): number => {
    const reach = reachOf(window, axis);
    const stride = window.strides[axis];
    if (stride === 1) return reach - 1;
    const size = x.shape[axis + 2]!;
    if (typeof size !== "number")
      throw node.unsupported(`auto_pad "${auto}" with a stride and an unknown size`, "pads");
    return Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
  };
  return splitPads(node, auto, [total(0), total(1)]);
}

/** An odd number of pads gets its last one at the end (`SAME_UPPER`) or at the beginning. */
function splitPads(node: NodeReader, auto: string, [rows, columns]: Pair): Pads {
  if (!["SAME_UPPER", "SAME_LOWER", "NOTSET", "VALID"].includes(auto))
    throw node.unsupported(`auto_pad "${auto}"`, "NOTSET, VALID, SAME_UPPER, SAME_LOWER");
  const before = auto === "SAME_UPPER" ? Math.floor : Math.ceil;
  const [top, left] = [before(rows / 2), before(columns / 2)];
  return [top, left, rows - top, columns - left];
}

function convWindow(node: NodeReader, w: Value): Window {
  const kernel = node.ints("kernel_shape");
  const known = w.shape.length === 4 && isStatic(w.shape);
  if (!known || (kernel !== undefined && !equalShapes(kernel, w.shape.slice(2))))
    throw node.unsupported(`kernels of shape ${formatShape(w.shape)}`, "[k, c, kh, kw]");
  return {
    kernel: [w.shape[2] as number, w.shape[3] as number],
    strides: node.pair("strides", [1, 1]),
    dilations: node.pair("dilations", [1, 1]),
  };
}

function readConv(node: NodeReader): Value {
  const [x, w, bias] = [image(node), node.input(1), node.optionalInput(2)];
  const window = convWindow(node, w);
  return ops.conv(x, w, {
    strides: window.strides,
    dilations: window.dilations,
    pads: windowPads(node, x, window),
    group: atLeastOne(node, "group", 1),
    ...(bias === undefined ? {} : { bias }),
  });
}

function readConvTranspose(node: NodeReader): Value {
  const [x, w, bias] = [image(node), node.input(1), node.optionalInput(2)];
  const window = convWindow(node, w);
  const y = ops.convTranspose(x, w, {
    strides: window.strides,
    dilations: window.dilations,
    group: atLeastOne(node, "group", 1),
    ...transposedPads(node, x, window),
  });
  return bias === undefined ? y : ops.add(y, ops.reshape(bias, [y.shape[1]!, 1, 1]));
}

/** Pads of a transposed convolution, which may instead be given by the size of the result. */
function transposedPads(
  node: NodeReader,
  x: Value,
  window: Window,
): { pads: Pads; outputPads: Pair } {
  const explicit = explicitPads(node);
  const auto = node.text("auto_pad", "NOTSET");
  const wanted = node.ints("output_shape");
  const [below, right] = node.ints("output_padding") ?? [0, 0];
  const outputPads: Pair = [below ?? 0, right ?? 0];
  if (wanted === undefined && auto === "NOTSET") return { pads: explicit, outputPads };
  if (wanted === undefined && auto === "VALID") return { pads: [0, 0, 0, 0], outputPads };
  const surplus = (axis: 0 | 1): number => {
    const stride = window.strides[axis];
    const size = x.shape[axis + 2]!;
    const target = wanted?.slice(-2)[axis] ?? mulDims(size, stride);
    const whole = addDims(mulDims(size, stride), reachOf(window, axis) - stride, outputPads[axis]);
    const difference = addDims(whole, mulDims(target, -1));
    if (typeof difference !== "number")
      throw node.unsupported("output_shape with an unknown size", "pads");
    return difference;
  };
  const [rows, columns] = [surplus(0), surplus(1)];
  return {
    pads: splitPads(node, auto, [Math.max(rows, 0), Math.max(columns, 0)]),
    // What the kernels do not reach is appended.
    outputPads: [outputPads[0] - Math.min(rows, 0), outputPads[1] - Math.min(columns, 0)],
  };
}

/** The common part of pooling operators. */
function poolOptions(node: NodeReader, x: Value): PoolAttributes {
  if (node.pair("dilations", [1, 1]).some((dilation) => dilation !== 1))
    throw node.unsupported("dilated pooling", "dilations 1");
  const window: Window = {
    kernel: node.pair("kernel_shape"),
    strides: node.pair("strides", [1, 1]),
    dilations: [1, 1],
  };
  const { kernel, strides } = window;
  const pads = windowPads(node, x, window);
  const options = poolAttributes({ kernel, strides, pads, ceil: node.int("ceil_mode", 0) === 1 });
  const hangs = !equalShapes(
    inferPool([x], options).shape,
    inferPool([x], { ...options, ceil: false }).shape,
  );
  return { ...options, ceil: hangs };
}

function readMaxPool(node: NodeReader): Value {
  const x = image(node);
  node.ignore("storage_order");
  return ops.maxPool(x, poolOptions(node, x));
}

function readAveragePool(node: NodeReader): Value {
  const x = image(node);
  const { ceil, ...options } = poolOptions(node, x);
  if (ceil) throw node.unsupported("average pooling over the edge", "ceil_mode 0");
  const countsPads = node.int("count_include_pad", 0) === 1;
  if (!countsPads && options.pads.some((pad) => pad > 0))
    throw node.unsupported("padding that does not count", "count_include_pad 1");
  return ops.averagePool(x, options);
}

function readLpPool(node: NodeReader): Value {
  const x = image(node);
  node.expect("p", 2);
  const { ceil, ...options } = poolOptions(node, x);
  if (ceil) throw node.unsupported("pooling over the edge", "ceil_mode 0");
  return ops.lpPool(x, options);
}

// Shapes and places

function readShape(node: NodeReader): Value {
  const { shape } = node.input(0);
  const part = shape.slice(node.int("start", 0), node.int("end", shape.length));
  if (!isStatic(part))
    throw node.unsupported(`the shape ${formatShape(shape)} as numbers`, "known sizes");
  return constant(int64(part));
}

function readReshape(node: NodeReader): Value {
  node.expect("allowzero", 0);
  const x = node.input(0);
  const wanted = node.wholeNumbers(1);
  // 0 takes the size of the input, −1 whatever remains.
  const shape = wanted.map((dim, axis): Dim => (dim === 0 ? (x.shape[axis] ?? 0) : dim));
  const open = wanted.indexOf(-1);
  if (wanted.filter((dim) => dim < 0).length > (open < 0 ? 0 : 1))
    throw node.unsupported(`the shape [${wanted.join(", ")}]`, "at most one -1");
  if (open < 0) return ops.reshape(x, shape);
  const rest = quotient(x.shape, shape.toSpliced(open, 1));
  if (rest === undefined)
    throw node.unsupported(
      `reshaping ${formatShape(x.shape)} to [${wanted.join(", ")}]`,
      "a -1 that is a whole number of elements",
    );
  return ops.reshape(x, shape.with(open, rest));
}

/** The product of some sizes divided by that of others, where it is a size. */
function quotient(shape: Shape, divisors: Shape): Dim | undefined {
  let rest = [...shape];
  let divisor = 1;
  for (const dim of divisors) {
    const same = rest.findIndex((other) => equalDims(other, dim));
    if (same >= 0) rest = rest.toSpliced(same, 1);
    else if (typeof dim === "number") divisor *= dim;
    else return undefined;
  }
  const dividend = mulDims(...rest);
  if (divisor === 0) return undefined;
  const result = floorDivDim(dividend, divisor);
  return equalDims(mulDims(result, divisor), dividend) ? result : undefined;
}

function readFlatten(node: NodeReader): Value {
  const x = node.input(0);
  const axis = node.int("axis", 1);
  const first = axis < 0 ? axis + x.shape.length : axis;
  return ops.reshape(x, [mulDims(...x.shape.slice(0, first)), mulDims(...x.shape.slice(first))]);
}

function readSqueeze(node: NodeReader): Value {
  const x = node.input(0);
  const axes = node.attributeOrInput("axes", 1, 13);
  const ones = x.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
  const removed = axes === undefined ? ones : normaliseAxes(axes, x.shape.length);
  return ops.reshape(
    x,
    x.shape.filter((_, axis) => !removed.includes(axis)),
  );
}

function readUnsqueeze(node: NodeReader): Value {
  const x = node.input(0);
  const axes = node.attributeOrInput("axes", 1, 13) ?? [];
  const added = normaliseAxes(axes, x.shape.length + axes.length);
  const shape = added.reduce<Shape>((dims, axis) => dims.toSpliced(axis, 0, 1), x.shape);
  return ops.reshape(x, shape);
}

function readExpand(node: NodeReader): Value {
  const x = node.input(0);
  const wanted = node.wholeNumbers(1);
  if (wanted.some((dim) => dim < 0))
    throw node.unsupported(`the shape [${wanted.join(", ")}]`, "sizes from 0");
  const shape = broadcastShapes(x.shape, wanted);
  return equalShapes(shape, x.shape) ? x : ops.expand(x, shape);
}

function readTranspose(node: NodeReader): Value {
  const x = node.input(0);
  return ops.transpose(x, node.ints("perm") ?? x.shape.map((_, axis) => axis).reverse());
}

function readSlice(node: NodeReader): Value {
  const x = node.input(0);
  const [starts, ends] = [0, 1].map((i) =>
    node.opset < 10 ? (node.ints(["starts", "ends"][i]!) ?? []) : node.wholeNumbers(i + 1),
  );
  const axes = node.attributeOrInput("axes", 3, 10);
  const steps = node.attributeOrInput("steps", 4, 10);
  return ops.slice(x, {
    starts: starts!,
    ends: ends!,
    ...(axes && { axes }),
    ...(steps && { steps }),
  });
}

function readSplit(node: NodeReader): readonly Value[] {
  const x = node.input(0);
  const [axis] = normaliseAxes([node.int("axis", 0)], x.shape.length);
  const size = x.shape[axis!]!;
  node.ignore("num_outputs");
  const lengths = node.attributeOrInput("split", 1, 13) ?? equalLengths(node, size);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (lengths.some((length) => length < 0) || !equalDims(total, size))
    throw node.unsupported(
      `splitting ${String(size)} into ${lengths.join(" + ")}`,
      "parts that add up",
    );
  return lengths.map((length, i) => {
    const start = lengths.slice(0, i).reduce((sum, before) => sum + before, 0);
    return ops.slice(x, { axes: [axis!], starts: [start], ends: [start + length] });
  });
}

/** Equal parts, the last one smaller where it must be. */
function equalLengths(node: NodeReader, size: Dim): readonly number[] {
  const parts = node.outputCount;
  if (typeof size !== "number")
    throw node.unsupported(`splitting ${String(size)} into ${parts}`, "known sizes");
  const length = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, i) => Math.min(length, size - i * length));
}

function readScatterElements(node: NodeReader): Value {
  const reduction = node.text("reduction", "none");
  if (reduction !== "add") throw node.unsupported(`reduction "${reduction}"`, "add");
  const axis = node.int("axis", 0);
  return ops.scatterAdd(node.input(0), indices(node, 1), node.input(2), { axis });
}

function readDepthToSpace(node: NodeReader): Value {
  const mode = node.text("mode", "DCR");
  if (mode !== "DCR" && mode !== "CRD") throw node.unsupported(`mode "${mode}"`, "DCR, CRD");
  return ops.depthToSpace(node.input(0), atLeastOne(node, "blocksize"), { mode });
}

// Borders and sizes

function readPad(node: NodeReader): Value {
  const x = node.input(0);
  const rank = x.shape.length;
  const mode = node.text("mode", "constant");
  if (mode !== "constant" && mode !== "reflect" && mode !== "edge")
    throw node.unsupported(`mode "${mode}"`, "constant, reflect, edge");
  const given = node.attributeOrInput("pads", 1, 11) ?? [];
  const value = node.opset < 11 ? node.float("value", 0) : (node.optionalNumbers(2)?.[0] ?? 0);
  const axes = node.attributeOrInput("axes", 3, 18);
  const padded = axes?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? x.shape.map((_, i) => i);
  const pads = new Array<number>(2 * rank).fill(0);
  padded.forEach((axis, i) => {
    pads[axis] = given[i]!;
    pads[axis + rank] = given[i + padded.length]!;
  });
  return ops.pad(x, { pads, mode: mode === "edge" ? "replicate" : mode, value });
}

function readResize(node: NodeReader): Value {
  const x = image(node);
  const { scales, size } = resizeTarget(node, x.shape);
  const mode = node.text("mode", "nearest");
  // Until opset 10 there was one way to place pixels, and it had no name.
  const placing = node.text(
    "coordinate_transformation_mode",
    node.opset < 11 ? "asymmetric" : "half_pixel",
  );
  const rounding = node.text("nearest_mode", node.opset < 11 ? "floor" : "round_prefer_floor");
  node.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value");
  // A region of interest (input 1) matters to another placing only; empty scales stand beside sizes.
  if (node.opset >= 11) node.ignore(1, 2);
  node.expect("antialias", 0);
  node.expect("keep_aspect_ratio_policy", "stretch");
  const centred = placing === "half_pixel" || placing === "pytorch_half_pixel";
  if (mode === "linear" && centred)
    return ops.resizeBilinear(x, size === undefined ? { scales } : { size });
  // For whole factors these agree: every pixel is repeated.
  const repeats = centred
    ? rounding.startsWith("round")
    : placing === "asymmetric" && rounding === "floor";
  if (mode === "nearest" && repeats && scales.every(Number.isInteger))
    return ops.resizeNearest(x, { scales });
  throw node.unsupported(
    `mode "${mode}" with ${placing}, ${rounding} and scales ${scales.join(", ")}`,
    "linear with half_pixel; nearest by whole factors with half_pixel, or asymmetric and floor",
  );
}

/** The factors, and the new size where the node gives it. */
function resizeTarget(node: NodeReader, [n, c, h, w]: Shape): { scales: Pair; size?: Pair } {
  const axes = node.ints("axes") ?? [0, 1, 2, 3];
  const along = (list: readonly number[], axis: number): number | undefined =>
    list[axes.findIndex((named) => named === axis || named === axis - 4)];
  const sizes = node.opset < 11 ? [] : (node.attributeOrInput("sizes", 3, 11) ?? []);
  if (sizes.length > 0) {
    const known = typeof h === "number" && typeof w === "number";
    if (!known || (along(sizes, 0) ?? n) !== n || (along(sizes, 1) ?? c) !== c)
      throw node.unsupported(
        `resizing ${formatShape([n!, c!, h!, w!])} to [${sizes.join(", ")}]`,
        "another height and width where the old ones are known",
      );
    const size: Pair = [along(sizes, 2) ?? h, along(sizes, 3) ?? w];
    return { size, scales: [size[0] / h, size[1] / w] };
  }
  const scales = resizeScales(node);
  if ((along(scales, 0) ?? 1) !== 1 || (along(scales, 1) ?? 1) !== 1)
    throw node.unsupported(`scales [${scales.join(", ")}]`, "those of height and width");
  return { scales: [along(scales, 2) ?? 1, along(scales, 3) ?? 1] };
}

/** They moved from an attribute of Upsample to input 1, and to input 2 behind a region. */
function resizeScales(node: NodeReader): readonly number[] {
  if (node.opset < 9) return node.floats("scales") ?? [];
  return node.numbers(node.opset < 11 ? 1 : 2);
}

// Operators of Windows ML's first converters, which ONNX dropped after opset 9.

function readAffine(node: NodeReader): Value {
  const [alpha, beta] = [node.float("alpha", 1), node.float("beta", 0)];
  return ops.add(ops.mul(node.input(0), constant(alpha)), constant(beta));
}

function readImageScaler(node: NodeReader): Value {
  const x = image(node);
  const bias = node.floats("bias") ?? [];
  const shift = constant(tensor(bias, [bias.length, 1, 1]));
  return ops.add(ops.mul(x, constant(node.float("scale", 1))), shift);
}

function readCrop(node: NodeReader): Value {
  const x = image(node);
  const border = node.ints("border") ?? [];
  if (border.length !== 4 || border.some((width) => width < 0))
    throw node.unsupported(`border [${border.join(", ")}]`, "four numbers from 0");
  const [left, top, right, bottom] = border;
  return ops.slice(x, {
    axes: [2, 3],
    starts: [top!, left!],
    ends: [bottom!, right!].map((width) => (width === 0 ? Infinity : -width)),
  });
}
