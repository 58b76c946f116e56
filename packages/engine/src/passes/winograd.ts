import type { ConvAttributes } from "../graph/convolution.ts";
import { ops } from "../ops/index.ts";
import { constant, type ComputedValue, type Graph, type Value } from "../graph/value.ts";
import { elementCount, isStatic } from "../tensor/dim.ts";
import { tensor, type Tensor } from "../tensor/tensor.ts";
import { isFrozen } from "./match.ts";
import { rewrite } from "./simplify.ts";

/**
 * Products of channels by channels that are transformed, k c / (k + c), from which on products save
 * more than transforms cost. Measured in style steps of VGG-19 and lite at 512 px: 128 by 256 gain,
 * 128 by 128 and 48 by 256 do not.
 */
const leastGain = 80;

/** Side of an output tile and of the input tile that it depends on. */
const tile = 4;
const window = 6;

// Transforms of F(4×4, 3×3): Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks",
// 2016, section 4.3. Input Bᵀ, kernel G, output Aᵀ.
const inputTransform = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
];
const kernelTransform = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
];
const outputTransform = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
];

/**
 * The same graph with wide 3×3 convolutions of frozen kernels computed by Winograd's minimal
 * filtering: 2.25 instead of 9 multiplications a pixel and channel pair, as plain ONNX nodes.
 *
 * A prototype measured 1.5 to 2.2 times faster layers, a style step of VGG-19 in 0.75 of the time and
 * in 0.54 in WebAssembly; `bench/styleStep.ts` measures ours. Relative error of the gradient 1e-6. Kernels
 * stay in the model as they are and are transformed when the session folds constants.
 */
export function winograd<Output extends string>(graph: Graph<Output>): Graph<Output> {
  return rewrite(graph, (value) =>
    value.kind === "computed" && isWide3x3(value) ? tiledConv(value) : value,
  );
}

function isWide3x3({ op, inputs, attributes, shape }: ComputedValue): boolean {
  if (op.name !== "Conv") return false;
  const [x, w] = inputs as [Value, Value];
  const { strides, dilations, group } = attributes as ConvAttributes;
  const [k, c, kh, kw] = w.shape as readonly number[];
  return (
    [...strides, ...dilations, group].every((setting) => setting === 1) &&
    kh === 3 &&
    kw === 3 &&
    (k! * c!) / (k! + c!) >= leastGain &&
    isStatic(x.shape) &&
    isStatic(shape) &&
    isFrozen(w)
  );
}

function tiledConv({ inputs, attributes, shape }: ComputedValue): Value {
  const [x, w, bias] = inputs as [Value, Value, Value | undefined];
  const { pads } = attributes as ConvAttributes;
  const [n, k, height, width] = shape as readonly [number, number, number, number];
  const [, c, h, wide] = x.shape as readonly [number, number, number, number];
  const rows = Math.ceil(height / tile);
  const columns = Math.ceil(width / tile);
  const tiles = n * rows * columns;
  // One input channel at a time: 36 fixed kernels of 6×6 with stride 4 are the transform of a tile.
  const windows = ops.conv(ops.reshape(x, [n * c, 1, h, wide]), windowKernels, {
    strides: [tile, tile],
    pads: [
      pads[0],
      pads[1],
      (rows - 1) * tile + window - h - pads[0],
      (columns - 1) * tile + window - wide - pads[1],
    ],
  });
  const transformed = frequenciesFirst(windows, n);
  const products = ops.matMul(transformedKernels(w), transformed); // [36, k, tiles]
  const pixels = ops.matMul(tileOutput, ops.reshape(products, [window ** 2, k * tiles]));
  const image = unstack(pixels, { n, k, rows, columns });
  const cropped =
    rows * tile === height && columns * tile === width
      ? image
      : ops.slice(image, { starts: [0, 0], ends: [height, width], axes: [2, 3] });
  return bias === undefined ? cropped : ops.add(cropped, ops.reshape(bias, [1, k, 1, 1]));
}

/** `[36, c, n · tiles]` from `[n · c, 36, rows, columns]`. */
function frequenciesFirst(windows: Value, n: number): Value {
  const [nc, frequencies, rows, columns] = windows.shape as readonly [
    number,
    number,
    number,
    number,
  ];
  const c = nc / n;
  const transposed =
    n === 1
      ? ops.transpose(ops.reshape(windows, [c, frequencies, rows * columns]), [1, 0, 2])
      : ops.transpose(ops.reshape(windows, [n, c, frequencies, rows * columns]), [2, 1, 0, 3]);
  return ops.reshape(transposed, [frequencies, c, n * rows * columns]);
}

/**
 * `[n, k, 4 · rows, 4 · columns]` from `[16, k · n · rows · columns]`, the pixels of a tile in front.
 *
 * What DepthToSpace does, in two transpositions that each move one axis: ONNX Runtime does those in a third
 * to a half of its time.
 */
function unstack(
  pixels: Value,
  { n, k, rows, columns }: { n: number; k: number; rows: number; columns: number },
): Value {
  const byRow = ops.reshape(pixels, [tile, tile, k * n * rows * columns]);
  const across = ops.transpose(byRow, [0, 2, 1]);
  const lines = ops.reshape(across, [tile, k * n * rows, columns * tile]);
  const down = ops.transpose(lines, [1, 0, 2]);
  if (n === 1) return ops.reshape(down, [1, k, rows * tile, columns * tile]);
  const images = ops.reshape(down, [k, n, rows * tile * columns * tile]);
  return ops.reshape(ops.transpose(images, [1, 0, 2]), [n, k, rows * tile, columns * tile]);
}

/** `[36, k, c]` from kernels `[k, c, 3, 3]`. */
function transformedKernels(w: Value): Value {
  const [k, c] = w.shape as readonly [number, number];
  const taps = ops.transpose(ops.reshape(w, [k * c, 9]), [1, 0]);
  return ops.reshape(ops.matMul(tileKernel, taps), [window ** 2, k, c]);
}

/** Kronecker product of a transform with itself: what it does to rows and columns at once. */
function squared(transform: readonly (readonly number[])[], shape: readonly number[]): Tensor {
  const data = new Float32Array(elementCount(shape));
  const [rows, columns] = [transform.length, transform[0]!.length];
  for (let a = 0; a < rows; a++)
    for (let b = 0; b < rows; b++)
      for (let i = 0; i < columns; i++)
        for (let j = 0; j < columns; j++)
          data[((a * rows + b) * columns + i) * columns + j] =
            transform[a]![i]! * transform[b]![j]!;
  return tensor(data, shape);
}

const windowKernels = constant(squared(inputTransform, [36, 1, 6, 6]), "winograd.input");
const tileKernel = constant(squared(kernelTransform, [36, 9]), "winograd.kernel");
const tileOutput = constant(squared(outputTransform, [16, 36]), "winograd.output");
