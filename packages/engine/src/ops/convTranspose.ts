import { ShapeError } from "../errors.ts";
import { convAttributes, kernelGradient, type ConvAttributes } from "../graph/convolution.ts";
import { apply, defineOp } from "../graph/op.ts";
import { expectRank, staticShape } from "../graph/shapeRules.ts";
import type { TensorType, Value } from "../graph/value.ts";
import { dense, type Dense } from "../tensor/dense.ts";
import { addDims, equalDims, formatShape, mulDims } from "../tensor/dim.ts";

/** How a kernel moves over the *result*; pairs are `[height, width]`. */
export type ConvTransposeAttributes = ConvAttributes &
  Readonly<{
    /** Rows below and columns to the right that the convolution's stride cut off. */
    outputPads: readonly [number, number];
  }>;

/** Options of {@link convTranspose}; as those of `conv`, and nothing cut off where left out. */
export type ConvTransposeOptions = Partial<ConvTransposeAttributes>;

/** The transpose of the linear map that `conv` with the same kernels and attributes is. */
export const ConvTranspose = defineOp<ConvTransposeAttributes>({
  name: "ConvTranspose",
  infer: inferConvTranspose,
  emit: (emitter, inputs, { inputs: [, w] }, { strides, pads, dilations, group, outputPads }) =>
    emitter.node("ConvTranspose", inputs, {
      kernel_shape: w!.shape.slice(2) as readonly number[],
      strides,
      pads,
      dilations,
      group,
      output_padding: outputPads,
    }),
  vjp: ({ g, inputs: [x, w], attributes: { outputPads: _, ...attributes }, ops }) => [
    () => ops.conv(g, w!, attributes),
    () => kernelGradient(ops, x!, g, w!, attributes),
  ],
  meaning: ([x, w], attributes, { shape }) =>
    convTransposeDense(x!, w!, attributes, shape as readonly number[]),
});

/**
 * Transposed 2-D convolution: each pixel of `x` paints its kernel on the result.
 *
 * @param x - image, `[n, c, h, w]`
 * @param w - kernels, `[c, k/group, kh, kw]`, known sizes
 * @returns `[n, k, h', w']` with `h' = (h − 1)·stride + dilation·(kh − 1) + 1 − pads + outputPad`
 * @throws {ShapeError} if channels or groups do not fit, or the pads leave nothing
 */
export function convTranspose(x: Value, w: Value, options: ConvTransposeOptions = {}): Value {
  return apply(ConvTranspose, [x, w], { outputPads: [0, 0], ...convAttributes(options) });
}

function inferConvTranspose(
  [x, w]: readonly TensorType[],
  { strides, pads, dilations, group, outputPads }: ConvTransposeAttributes,
): TensorType {
  expectRank(x!, 4, "the image");
  expectRank(w!, 4, "the kernels");
  const [n, c, ...size] = x!.shape;
  const [k, perGroup, ...kernel] = staticShape(w!.shape, "a kernel");
  if (!equalDims(c!, k!) || k! % group !== 0)
    throw new ShapeError(
      `kernels ${formatShape(w!.shape)} in ${group} groups expect ${k!} input channels; got ${String(c!)}.`,
    );
  if (outputPads.some((pad, axis) => pad < 0 || pad >= strides[axis]!))
    throw new ShapeError(
      `outputPads [${outputPads.join(", ")}] must be from 0 to below the strides [${strides.join(", ")}].`,
    );
  const result = size.map((dim, axis) => {
    const reach = dilations[axis]! * (kernel[axis]! - 1) + 1;
    const margin = reach + outputPads[axis]! - pads[axis]! - pads[axis + 2]!;
    return addDims(mulDims(addDims(dim, -1), strides[axis]!), margin);
  });
  if (result.some((dim) => typeof dim === "number" && dim < 1))
    throw new ShapeError(
      `pads [${pads.join(", ")}] cut away the whole result, ${formatShape(result)}.`,
    );
  return { dtype: x!.dtype, shape: [n!, perGroup! * group, ...result] };
}

function convTransposeDense(
  x: Dense,
  w: Dense,
  { strides, pads, dilations, group }: ConvTransposeAttributes,
  shape: readonly number[],
): Dense {
  const [n, c, h, width] = x.shape as [number, number, number, number];
  const [, perGroup, kh, kw] = w.shape as [number, number, number, number];
  const [, k, outH, outW] = shape as [number, number, number, number];
  const result = dense(shape);
  for (let image = 0; image < n; image++) {
    for (let i = 0; i < c; i++) {
      const source = (image * c + i) * h * width;
      for (let o = 0; o < perGroup; o++) {
        const channel = Math.floor(i / (c / group)) * perGroup + o;
        const plane = (image * k + channel) * outH * outW;
        for (let u = 0; u < kh; u++) {
          for (let v = 0; v < kw; v++) {
            const weight = w.data[((i * perGroup + o) * kh + u) * kw + v]!;
            for (let p = 0; p < h; p++) {
              const row = p * strides[0] + u * dilations[0] - pads[0];
              if (row < 0 || row >= outH) continue;
              for (let q = 0; q < width; q++) {
                const column = q * strides[1] + v * dilations[1] - pads[1];
                if (column >= 0 && column < outW)
                  result.data[plane + row * outW + column]! +=
                    weight * x.data[source + p * width + q]!;
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
    /** {@link convTranspose} */
    readonly convTranspose: typeof convTranspose;
  }
}
