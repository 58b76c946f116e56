import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { expectRank, staticShape } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { floorDivDim, mulDims, type Dim } from "../tensor/dim.ts";
import { int64, tensor } from "../tensor/tensor.ts";

/** The new size, or factors that also work where the old size is symbolic; `[height, width]`. */
export type ResizeBilinearAttributes = Readonly<
  | { size: readonly [number, number]; scales?: undefined }
  | {
      /** Multiples of 1/64, which are exact in float32: all runtimes then agree on the new size. */
      scales: readonly [number, number];
      size?: undefined;
    }
>;

/** Parts that a scale may be a multiple of. */
const scaleParts = 64;

/**
 * Linear interpolation along rows and columns between pixel centres (ONNX's `half_pixel`, PyTorch's
 * `align_corners=False`); beyond the outermost centres the image goes on as it ends. Nothing is
 * averaged on the way down: to shrink by more than 2 without aliasing, pool first.
 */
export const ResizeBilinear = defineOp<ResizeBilinearAttributes>({
  name: "ResizeBilinear",
  infer: ([x], { size, scales }) => {
    expectRank(x!, 4, "the image");
    const [n, c, h, w] = x!.shape;
    const resized = size ?? [scaledDim(h!, scales[0]), scaledDim(w!, scales[1])];
    if (resized.some((dim) => typeof dim === "number" && (!Number.isInteger(dim) || dim < 1)))
      throw new ShapeError(
        `the new size must be whole numbers >= 1; got [${resized.map(String).join(", ")}].`,
      );
    return { dtype: x!.dtype, shape: [n!, c!, ...resized] };
  },
  emit: (emitter, [x], _, { size, scales }) => {
    const target =
      size === undefined
        ? ["", emitter.constant(tensor([1, 1, ...scales]))]
        : ["", "", emitter.constant(int64(size))];
    return emitter.node("Resize", [x!, ...target], {
      mode: "linear",
      coordinate_transformation_mode: "half_pixel",
      ...(size === undefined ? {} : { axes: [2, 3] }),
    });
  },
  vjp: ({ g, inputs: [x], output, attributes, ops }) => [
    () => {
      const [, , h, w] = staticShape(x!.shape, "the gradient of bilinear resizing");
      const [, , newH, newW] = staticShape(output.shape, "the gradient of bilinear resizing");
      const rows = interpolation(h!, newH!, scaleOf(attributes, 0, h!));
      const columns = interpolation(w!, newW!, scaleOf(attributes, 1, w!));
      const narrow = ops.matMul(g, constant(tensor(columns, [newW!, w!])));
      return ops.matMul(ops.transpose(constant(tensor(rows, [newH!, h!])), [1, 0]), narrow);
    },
  ],
  meaning: ([x], attributes, { shape }) => {
    const [, , h, w] = x!.shape as readonly [number, number, number, number];
    const at = (index: number, axis: 0 | 1, length: number): Neighbours =>
      neighbours(index, length, scaleOf(attributes, axis, length));
    return fillDense(shape as readonly number[], ([n, c, row, column]) => {
      const v = at(row!, 0, h);
      const u = at(column!, 1, w);
      const along = (y: number): number =>
        (1 - u.share) * elementAt(x!, n!, c!, y, u.before) +
        u.share * elementAt(x!, n!, c!, y, u.after);
      return (1 - v.share) * along(v.before) + v.share * along(v.after);
    });
  },
});

/**
 * Resizes an image by linear interpolation along both axes.
 *
 * @param x - image, `[n, c, h, w]`
 * @param attributes - the new size, or factors
 * @returns `[n, c, size[0], size[1]]`, or `[n, c, floor(h·scales[0]), floor(w·scales[1])]`
 * @throws {ShapeError} if a scale is no multiple of 1/64 or nothing is left of the image
 */
export function resizeBilinear(x: Value, attributes: ResizeBilinearAttributes): Value {
  return apply(ResizeBilinear, [x], attributes);
}

/** `floor(dim · scale)`. */
function scaledDim(dim: Dim, scale: number): Dim {
  if (!Number.isInteger(scale * scaleParts) || scale <= 0)
    throw new ShapeError(
      `scales must be positive multiples of 1/${scaleParts}; got ${scale}. Give the new size instead.`,
    );
  let parts = 1;
  while (!Number.isInteger(scale * parts)) parts *= 2;
  return floorDivDim(mulDims(dim, scale * parts), parts);
}

function scaleOf({ size, scales }: ResizeBilinearAttributes, axis: 0 | 1, length: number): number {
  return size === undefined ? scales[axis] : size[axis] / length;
}

/** The two pixels between which a new pixel's centre lies, and the share of the second. */
interface Neighbours {
  readonly before: number;
  readonly after: number;
  readonly share: number;
}

function neighbours(index: number, length: number, scale: number): Neighbours {
  const position = Math.min(Math.max((index + 0.5) / scale - 0.5, 0), length - 1);
  const before = Math.floor(position);
  return { before, after: Math.min(before + 1, length - 1), share: position - before };
}

/** Resizing along one axis as a matrix, `[newLength, length]`. */
function interpolation(length: number, newLength: number, scale: number): Float32Array {
  const matrix = new Float32Array(newLength * length);
  for (let index = 0; index < newLength; index++) {
    const { before, after, share } = neighbours(index, length, scale);
    matrix[index * length + before]! += 1 - share;
    matrix[index * length + after]! += share;
  }
  return matrix;
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link resizeBilinear} */
    readonly resizeBilinear: typeof resizeBilinear;
  }
}
