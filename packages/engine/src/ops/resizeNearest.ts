import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { expectRank } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { mulDims } from "../tensor/dim.ts";
import { tensor } from "../tensor/tensor.ts";

/** How often each row and each column is repeated: `[height, width]`, whole numbers. */
export type ResizeNearestAttributes = Readonly<{ scales: readonly [number, number] }>;

/**
 * Makes each pixel a rectangle of equal pixels. Whole factors only: every runtime agrees on them,
 * and they need no known sizes.
 */
export const ResizeNearest = defineOp<ResizeNearestAttributes>({
  name: "ResizeNearest",
  infer: ([x], { scales }) => {
    expectRank(x!, 4, "the image");
    if (!scales.every((scale) => Number.isInteger(scale) && scale > 0))
      throw new ShapeError(
        `scales must be whole numbers >= 1; got [${scales.join(", ")}]. Use resizeBilinear for others.`,
      );
    const [n, c, h, w] = x!.shape;
    return { dtype: x!.dtype, shape: [n!, c!, mulDims(h!, scales[0]), mulDims(w!, scales[1])] };
  },
  emit: (emitter, [x], _, { scales }) =>
    // ONNX Runtime's blocked layout takes nearest only in this form: scales, asymmetric, floor.
    emitter.node("Resize", [x!, "", emitter.constant(tensor([1, 1, ...scales]))], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    }),
  vjp: ({ g, attributes: { scales }, ops }) => [
    () => ops.mul(ops.averagePool(g, { kernel: scales }), constant(scales[0] * scales[1])),
  ],
  meaning: ([x], { scales }, { shape }) =>
    fillDense(shape as readonly number[], ([n, c, row, column]) =>
      elementAt(x!, n!, c!, Math.floor(row! / scales[0]), Math.floor(column! / scales[1])),
    ),
});

/**
 * Enlarges an image by repeating its pixels.
 *
 * @param x - image, `[n, c, h, w]`
 * @param attributes - whole factors `[height, width]`
 * @returns `[n, c, h·scales[0], w·scales[1]]`
 * @throws {ShapeError} if a scale is no whole number
 */
export function resizeNearest(x: Value, attributes: ResizeNearestAttributes): Value {
  return apply(ResizeNearest, [x], attributes);
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link resizeNearest} */
    readonly resizeNearest: typeof resizeNearest;
  }
}
