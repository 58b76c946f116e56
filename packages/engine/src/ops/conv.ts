import { ShapeError } from "../errors.ts";
import { convAttributes, kernelGradient, type ConvAttributes } from "../graph/convolution.ts";
import { apply, defineOp, type Ops } from "../graph/op.ts";
import { staticShape } from "../graph/shapeRules.ts";
import type { TensorType, Value } from "../graph/value.ts";
import { dense, type Dense } from "../tensor/dense.ts";
import { addDims, equalDims, floorDivDim, formatShape, type Dim } from "../tensor/dim.ts";

/** Options of {@link conv}; stride 1, no padding, no dilation, one group where left out. */
export type ConvOptions = Partial<ConvAttributes> & {
  /** One number for each output channel. */
  readonly bias?: Value;
};

/** 2-D convolution (cross-correlation, as in all deep learning), `w` is `[k, c/group, kh, kw]`. */
export const Conv = defineOp<ConvAttributes>({
  name: "Conv",
  infer: inferConv,
  emit: (emitter, inputs, { inputs: [, w] }, { strides, pads, dilations, group }) =>
    emitter.node("Conv", inputs, {
      kernel_shape: w!.shape.slice(2) as readonly number[],
      strides,
      pads,
      dilations,
      group,
    }),
  vjp: ({ g, inputs: [x, w], attributes, ops }) => [
    () => inputGradient(ops, g, x!, w!, attributes),
    () => kernelGradient(ops, g, x!, w!, attributes),
    () => ops.reduceSum(g, { axes: [0, 2, 3] }),
  ],
  receptiveField: (axis, { strides, pads, dilations }, [, w]) => {
    const i = axis - 2;
    const reach = ((w!.shape[axis] as number) - 1) * dilations[i]!;
    return { stride: strides[i]!, from: -pads[i]!, to: reach - pads[i]! };
  },
  meaning: ([x, w, bias], attributes, { shape }) =>
    convDense(x!, w!, bias, attributes, shape as readonly number[]),
});

/**
 * 2-D convolution.
 *
 * @param x - image, `[n, c, h, w]`
 * @param w - kernels, `[k, c/group, kh, kw]`, known sizes
 * @returns `[n, k, h', w']` with `h' = floor((h + pads − dilation·(kh−1) − 1) / stride) + 1`
 * @throws {ShapeError} if channels, groups or bias do not fit
 */
export function conv(x: Value, w: Value, { bias, ...options }: ConvOptions = {}): Value {
  return apply(Conv, bias === undefined ? [x, w] : [x, w, bias], convAttributes(options));
}

function inferConv(inputs: readonly TensorType[], attributes: ConvAttributes): TensorType {
  const [x, w, bias] = inputs;
  if (x!.shape.length !== 4 || w!.shape.length !== 4)
    throw new ShapeError(
      `needs an image [n, c, h, w] and kernels [k, c/group, kh, kw]; got ${formatShape(x!.shape)} and ${formatShape(w!.shape)}.`,
    );
  const [n, c, ...size] = x!.shape as readonly [Dim, Dim, Dim, Dim];
  const [k, perGroup, ...kernel] = staticShape(w!.shape, "a kernel") as [
    number,
    number,
    number,
    number,
  ];
  const { group } = attributes;
  if (!equalDims(c, perGroup * group) || k % group !== 0)
    throw new ShapeError(
      `kernels ${formatShape(w!.shape)} in ${group} groups expect ${perGroup * group} input channels; got ${String(c)}.`,
    );
  if (bias !== undefined && (bias.shape.length !== 1 || bias.shape[0] !== k))
    throw new ShapeError(`bias must be [${k}]; got ${formatShape(bias.shape)}.`);
  const [h, width] = size.map((dim, axis) => slidingSize(dim, axis, kernel, attributes));
  return { dtype: x!.dtype, shape: [n, k, h!, width!] };
}

/** Number of kernel positions along an axis (0 height, 1 width). */
function slidingSize(
  dim: Dim,
  axis: number,
  kernel: readonly number[],
  { strides, pads, dilations }: ConvAttributes,
): Dim {
  const reach = dilations[axis]! * (kernel[axis]! - 1) + 1;
  const room = addDims(dim, pads[axis]! + pads[axis + 2]! - reach);
  if (typeof room === "number" && room < 0)
    throw new ShapeError(
      `the kernel reaches over ${reach} px, more than the padded image has (${String(addDims(room, reach))}).`,
    );
  return addDims(floorDivDim(room, strides[axis]!), 1);
}

/** An image of at most so many channels is no block of channels, see {@link inputGradient}. */
const mostChannelsOfPictures = 4;

/**
 * With stride 1 again a convolution, by rotated kernels with input and output channels exchanged:
 * ONNX Runtime keeps that in its blocked layout, where a transposed convolution is 1.4 times slower.
 * The three channels of a picture are an exception: the layout pads them to 16, and the transposed
 * convolution is faster, a tenth of a style step of the encoder lite.
 */
function inputGradient(ops: Ops, g: Value, x: Value, w: Value, attributes: ConvAttributes): Value {
  const { strides, pads, dilations, group } = attributes;
  const [, perGroup, kh, kw] = w.shape as readonly number[];
  const reach = [dilations[0] * (kh! - 1), dilations[1] * (kw! - 1)] as const;
  const flipped = pads.map((pad, side) => reach[side % 2]! - pad);
  const isPicture = perGroup! * group <= mostChannelsOfPictures;
  const sameSteps = strides.every((stride) => stride === 1);
  if (!isPicture && sameSteps && flipped.every((pad) => pad >= 0))
    return ops.conv(g, rotatedKernels(ops, w, group), {
      pads: flipped as unknown as ConvAttributes["pads"],
      dilations,
      group,
    });
  const [h, width] = staticShape(x.shape.slice(2), "the gradient of a strided convolution");
  // What the stride cut off at the end never reached the output; its gradient is 0.
  const outputPads = [h!, width!].map(
    (size, axis) => (size + pads[axis]! + pads[axis + 2]! - reach[axis]! - 1) % strides[axis]!,
  );
  return ops.convTranspose(g, w, {
    strides,
    pads,
    dilations,
    group,
    outputPads: outputPads as unknown as readonly [number, number],
  });
}

/** Kernels turned by half a turn, with input and output channels exchanged inside each group. */
function rotatedKernels(ops: Ops, w: Value, group: number): Value {
  const [k, perGroup, kh, kw] = w.shape as readonly number[];
  const grouped = ops.reshape(w, [group, k! / group, perGroup!, kh!, kw!]);
  const exchanged = ops.transpose(grouped, [0, 2, 1, 3, 4]);
  const kernels = ops.reshape(exchanged, [perGroup! * group, k! / group, kh!, kw!]);
  return ops.slice(kernels, { starts: [-1, -1], steps: [-1, -1], axes: [2, 3] });
}

function convDense(
  x: Dense,
  w: Dense,
  bias: Dense | undefined,
  { strides, pads, dilations, group }: ConvAttributes,
  shape: readonly number[],
): Dense {
  const [, c, h, width] = x.shape as [number, number, number, number];
  const [, perGroup, kh, kw] = w.shape as [number, number, number, number];
  const [n, k, outH, outW] = shape as [number, number, number, number];
  const result = dense(shape);
  for (let image = 0; image < n; image++) {
    for (let o = 0; o < k; o++) {
      const plane = (image * k + o) * outH * outW;
      result.data.fill(bias?.data[o] ?? 0, plane, plane + outH * outW);
      for (let i = 0; i < perGroup; i++) {
        const channel = Math.floor(o / (k / group)) * perGroup + i;
        const source = (image * c + channel) * h * width;
        for (let u = 0; u < kh; u++) {
          for (let v = 0; v < kw; v++) {
            const weight = w.data[((o * perGroup + i) * kh + u) * kw + v]!;
            for (let p = 0; p < outH; p++) {
              const y = p * strides[0] + u * dilations[0] - pads[0];
              if (y < 0 || y >= h) continue;
              for (let q = 0; q < outW; q++) {
                const at = q * strides[1] + v * dilations[1] - pads[1];
                if (at >= 0 && at < width)
                  result.data[plane + p * outW + q]! += weight * x.data[source + y * width + at]!;
              }
            }
          }
        }
      }
    }
  }
  return result;
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link conv} */
    readonly conv: typeof conv;
  }
}
