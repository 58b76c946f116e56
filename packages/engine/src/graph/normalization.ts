import { ShapeError } from "../errors.ts";
import { equalDims, formatShape, type Shape } from "../tensor/dim.ts";
import type { Ops } from "./op.ts";
import type { TensorType, Value } from "./value.ts";

/** What is added to the variance before its root is taken. */
export type NormalizationAttributes = Readonly<{ epsilon: number }>;

/** Shape rule of normalisations: an image, and parameters with one number for each channel. */
export function inferNormalization([x, ...parameters]: readonly TensorType[]): TensorType {
  const [, channels] = x!.shape;
  if (x!.shape.length < 3)
    throw new ShapeError(`needs an image [n, c, h, w]; got ${formatShape(x!.shape)}.`);
  for (const { shape } of parameters) {
    if (shape.length !== 1 || !equalDims(shape[0]!, channels!))
      throw new ShapeError(
        `parameters must be [${String(channels!)}], one number for each channel; got ${formatShape(shape)}.`,
      );
  }
  return { dtype: x!.dtype, shape: x!.shape };
}

/** The axes of an image's pixels: all but batch and channels. */
export function pixelAxes(image: Shape): readonly number[] {
  return image.flatMap((_, axis) => (axis < 2 ? [] : [axis]));
}

/** One number for each channel, `[c]`, as a shape that broadcasts over an image: `[c, 1, 1]`. */
export function perChannel(ops: Ops, values: Value, image: Shape): Value {
  return ops.reshape(values, [values.shape[0]!, ...image.slice(2).map(() => 1)]);
}
