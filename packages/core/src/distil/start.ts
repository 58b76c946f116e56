import {
  constant,
  createGraph,
  input,
  ops,
  tensor,
  type Runtime,
  type Tensor,
  type Value,
} from "@deepstyle/engine";
import { matrixProduct, solvePositive, symmetricEigen, transposed } from "../algebra/matrices.ts";
import type { Encoder } from "../encoders/encoder.ts";
import {
  liteConvolutions,
  liteFeatures,
  liteParameters,
  reluOf,
  type LiteLayer,
  type LiteValues,
} from "../encoders/lite.ts";
import { pool2x2, vgg19Convolutions, type ConvParameters } from "../encoders/vgg19.ts";
import type { NetworkWeights } from "../nets/architecture.ts";
import { matrixOf } from "../statistics/gramMatrix.ts";

/** What {@link liteStart} works with. */
export interface LiteStartOptions {
  readonly runtime: Runtime;
  /** VGG-19 with average pooling, normalised for it. */
  readonly teacher: Encoder;
  /** Its convolutions. */
  readonly parameters: readonly ConvParameters[];
  /** Pictures to measure on, `[n, 3, s, s]`, all of one shape. */
  readonly pictures: readonly Tensor<"float32">[];
  /** Told after each layer. */
  readonly onLayer?: (name: string) => void;
}

/** First and second moments of joined feature maps over positions and pictures. */
interface Moments {
  readonly mean: Float64Array;
  /** `[n, n]` */
  readonly covariance: Float64Array;
}

/** Edge and pooling that the start is measured with. */
const options = { pooling: "average", edge: "replicate" } as const;

/** Added to the diagonal of a covariance, relative to its mean: channels may be dead or equal. */
const ridge = 1e-3;

/**
 * Weights of lite in closed form from VGG-19's, layer by layer, without a gradient: the channels that
 * say most about the others are kept; VGG-19's input is predicted from what lite has of it by least
 * squares, VGG-19's convolution is applied to the prediction, and principal components of its result
 * are the code.
 *
 * Source: Zhang et al. 2015, section 3.1 (linear case), for the code; He et al. 2017 for keeping
 * channels and making up for the rest by least squares, here with one 1×1 map for a whole layer.
 *
 * @param given - `layers`: how many of {@link liteConvolutions}, from the first; all if left out
 * @returns numbers by the names of {@link liteParameters}
 */
export async function liteStart(
  given: LiteStartOptions & { readonly layers?: number },
): Promise<NetworkWeights> {
  const weights = new Map<string, Float32Array>();
  for (const [i, layer] of liteConvolutions.slice(0, given.layers).entries()) {
    const source = parametersOf(given, layer.name);
    const before = liteConvolutions[i - 1];
    const numbers =
      before === undefined
        ? { weight: numbersOf(source.weight), bias: numbersOf(source.bias) }
        : await codedStart(given, layer, before, weights);
    for (const [part, data] of Object.entries(numbers)) weights.set(`${layer.name}.${part}`, data);
    given.onLayer?.(layer.name);
  }
  return weights;
}

async function codedStart(
  given: LiteStartOptions,
  layer: LiteLayer,
  before: LiteLayer,
  weights: NetworkWeights,
): Promise<Record<"code" | "weight" | "bias", Float32Array>> {
  const { inputs, output } = await measureLayer(given, layer, before, valuesOf(weights));
  const fitted = fitInput(parametersOf(given, layer.name), before.channels, inputs);
  return encode(layer, fitted, keptChannels(given, layer, output), output);
}

function parametersOf({ parameters }: LiteStartOptions, name: string): ConvParameters {
  return parameters.find((layer) => layer.name === name)!;
}

function numbersOf({ tensor: { data } }: ConvParameters["weight"]): Float32Array {
  return (data as Float32Array).slice();
}

/** The weights that are there so far as constants. */
function valuesOf(weights: NetworkWeights): LiteValues {
  const known = liteParameters().filter(({ name }) => weights.has(name));
  return Object.fromEntries(
    known.map(({ name, shape }) => [name, constant(tensor(weights.get(name)!, shape))]),
  );
}

interface LayerMoments {
  /** Of lite's input channels followed by VGG-19's. */
  readonly inputs: Moments;
  /** Of VGG-19's output before its ReLU, followed by that after it. */
  readonly output: Moments;
}

async function measureLayer(
  { runtime, teacher, pictures }: LiteStartOptions,
  { name, block }: LiteLayer,
  before: LiteLayer,
  values: LiteValues,
): Promise<LayerMoments> {
  const image = input("image", pictures[0]!.shape);
  const relu = reluOf(before.name);
  const pooled = (x: Value): Value => (before.block === block ? x : pool2x2(x, options.pooling));
  const own = pooled(liteFeatures(image, values, [relu], options)[relu]!);
  const features = teacher.features(image, [relu, name, reluOf(name)]);
  const sums = {
    ...momentSums("inputs", ops.concat([own, pooled(features[relu]!)], { axis: 1 })),
    ...momentSums("output", ops.concat([features[name]!, features[reluOf(name)]!], { axis: 1 })),
  };
  const program = await runtime.compile(createGraph(sums));
  const total: Record<string, Float64Array> = {};
  try {
    for (const picture of pictures) {
      for (const [key, { data }] of Object.entries(await program.run({ image: picture }))) {
        const sum = (total[key] ??= new Float64Array(data.length));
        for (let i = 0; i < sum.length; i++) sum[i]! += Number(data[i]) / pictures.length;
      }
    }
  } finally {
    await program.dispose();
  }
  const moments = (key: string): Moments => {
    const [mean, second] = [total[`${key}.mean`]!, total[`${key}.second`]!];
    const n = mean.length;
    const covariance = second.map((x, i) => x - mean[Math.floor(i / n)]! * mean[i % n]!);
    return { mean, covariance };
  };
  return { inputs: moments("inputs"), output: moments("output") };
}

/** Mean and mean product over positions and pictures. */
function momentSums(key: string, features: Value): Record<string, Value> {
  const { rows, positions } = matrixOf(features);
  const second = ops.reduceMean(ops.gram(rows), { axes: [0] });
  return {
    [`${key}.mean`]: ops.reduceMean(rows, { axes: [0, 2] }),
    [`${key}.second`]: ops.mul(second, constant(1 / positions)),
  };
}

/**
 * The channels that are kept, by a pivoted Cholesky decomposition: again and again the one of which
 * least is known from those chosen already, each counted as strongly as the next layer listens to it.
 */
function keptChannels(
  given: LiteStartOptions,
  { name, channels }: LiteLayer,
  { covariance, mean }: Moments,
): number[] {
  const all = mean.length / 2;
  if (channels === all) return Array.from({ length: all }, (_, i) => i);
  const next = vgg19Convolutions[vgg19Convolutions.findIndex((layer) => layer.name === name) + 1]!;
  const loudness = inputNorms(parametersOf(given, next.name));
  const rest = new Float64Array(all * all);
  for (let i = 0; i < all; i++)
    for (let j = 0; j < all; j++)
      rest[i * all + j] = covariance[(all + i) * 2 * all + all + j]! * loudness[i]! * loudness[j]!;
  const chosen: number[] = [];
  while (chosen.length < channels) {
    let pivot = -1;
    for (let i = 0; i < all; i++)
      if (!chosen.includes(i) && (pivot < 0 || rest[i * all + i]! > rest[pivot * all + pivot]!))
        pivot = i;
    chosen.push(pivot);
    const left = rest[pivot * all + pivot]!;
    if (left <= 0) continue;
    const row = rest.slice(pivot * all, (pivot + 1) * all);
    for (let i = 0; i < all; i++)
      for (let j = 0; j < all; j++) rest[i * all + j]! -= (row[i]! * row[j]!) / left;
  }
  return chosen.sort((i, j) => i - j);
}

/** Euclidean norm of all kernels that read a channel. */
function inputNorms({ weight, inputChannels }: ConvParameters): Float64Array {
  const squares = new Float64Array(inputChannels);
  numbersOf(weight).forEach((x, i) => (squares[Math.floor(i / 9) % inputChannels]! += x * x));
  return squares.map(Math.sqrt);
}

/** VGG-19's convolution on what lite's channels say of its input. */
interface FittedConv {
  /** `[channels of VGG-19, 9 · inputs of lite]` */
  readonly kernels: Float64Array;
  readonly bias: Float64Array;
}

function fitInput(
  { weight, bias, channels, inputChannels }: ConvParameters,
  inputs: number,
  { mean, covariance }: Moments,
): FittedConv {
  const n = inputs + inputChannels;
  const own = new Float64Array(inputs * inputs);
  const cross = new Float64Array(inputs * inputChannels);
  let trace = 0;
  for (let i = 0; i < inputs; i++) {
    trace += covariance[i * n + i]!;
    for (let j = 0; j < inputs; j++) own[i * inputs + j] = covariance[i * n + j]!;
    for (let c = 0; c < inputChannels; c++)
      cross[i * inputChannels + c] = covariance[i * n + inputs + c]!;
  }
  for (let i = 0; i < inputs; i++) own[i * inputs + i]! += (ridge * trace) / inputs;
  const map = solvePositive(own, cross, inputs); // [inputs, inputChannels]
  const kernels = new Float64Array(channels * 9 * inputs);
  const fittedBias = Float64Array.from(numbersOf(bias));
  const offset = Float64Array.from({ length: inputChannels }, (_, c) => {
    let predicted = 0;
    for (let k = 0; k < inputs; k++) predicted += map[k * inputChannels + c]! * mean[k]!;
    return mean[inputs + c]! - predicted;
  });
  const given = numbersOf(weight);
  for (let o = 0; o < channels; o++) {
    for (let c = 0; c < inputChannels; c++) {
      for (let t = 0; t < 9; t++) {
        const w = given[(o * inputChannels + c) * 9 + t]!;
        fittedBias[o]! += w * offset[c]!;
        const row = (o * 9 + t) * inputs;
        for (let k = 0; k < inputs; k++) kernels[row + k]! += w * map[k * inputChannels + c]!;
      }
    }
  }
  return { kernels, bias: fittedBias };
}

/** Kernels of a layer: principal components of the kept outputs, each output of deviation 1. */
function encode(
  { code: length, inputChannels }: LiteLayer,
  { kernels, bias }: FittedConv,
  keeps: readonly number[],
  { mean, covariance }: Moments,
): Record<"code" | "weight" | "bias", Float32Array> {
  const all = mean.length;
  const count = keeps.length;
  const deviations = keeps.map((i) => Math.sqrt(Math.max(covariance[i * all + i]!, 1e-12)));
  const scaled = Float64Array.from({ length: count * count }, (_, at) => {
    const [i, j] = [Math.floor(at / count), at % count];
    return covariance[keeps[i]! * all + keeps[j]!]! / (deviations[i]! * deviations[j]!);
  });
  const components = symmetricEigen(scaled, count).vectors.slice(0, length! * count);
  const rowSize = 9 * inputChannels;
  const rows = new Float64Array(count * rowSize);
  for (const [i, o] of keeps.entries())
    for (let at = 0; at < rowSize; at++)
      rows[i * rowSize + at] = kernels[o * rowSize + at]! / deviations[i]!;
  const coded = matrixProduct(components, rows, count); // [code, 9 · inputs], taps first
  const code = new Float32Array(length! * rowSize);
  for (let r = 0; r < length!; r++)
    for (let t = 0; t < 9; t++)
      for (let k = 0; k < inputChannels; k++)
        code[(r * inputChannels + k) * 9 + t] = coded[(r * 9 + t) * inputChannels + k]!;
  // What the code does not say stays at its mean.
  const back = transposed(components, count); // [count, code]
  const centred = Float64Array.from(keeps, (o, i) => (bias[o]! - mean[o]!) / deviations[i]!);
  const known = matrixProduct(back, matrixProduct(components, centred, count), length!);
  return {
    code,
    weight: Float32Array.from(back, (x, at) => x * deviations[Math.floor(at / length!)]!),
    bias: Float32Array.from(keeps, (o, i) => mean[o]! + known[i]! * deviations[i]!),
  };
}
