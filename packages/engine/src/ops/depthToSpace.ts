import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { expectRank } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { formatShape, mulDims } from "../tensor/dim.ts";
import { int64 } from "../tensor/tensor.ts";

/** Side of a block, and which of depth and block the channel counts first. */
export type DepthToSpaceAttributes = Readonly<{
  /** Side of the block of pixels that one pixel becomes. */
  blockSize: number;
  /**
   * Channel of the input for channel `c`, row `i` and column `j` of a block: depth last, as in ONNX
   * and TensorFlow (`DCR`, `(i·b + j)·C + c`), or depth first, as in PyTorch's pixel shuffle (`CRD`,
   * `c·b² + i·b + j`).
   */
  mode: "DCR" | "CRD";
}>;

/** Moves groups of channels to blocks of pixels. */
export const DepthToSpace = defineOp<DepthToSpaceAttributes>({
  name: "DepthToSpace",
  infer: ([x], { blockSize }) => {
    expectRank(x!, 4, "the image");
    const [n, c, h, w] = x!.shape;
    if (typeof c !== "number" || c % blockSize ** 2 !== 0)
      throw new ShapeError(
        `blocks of ${blockSize}×${blockSize} px need a multiple of ${blockSize ** 2} channels; got ${formatShape(x!.shape)}.`,
      );
    return {
      dtype: x!.dtype,
      shape: [n!, c / blockSize ** 2, mulDims(h!, blockSize), mulDims(w!, blockSize)],
    };
  },
  emit: (emitter, inputs, _, { blockSize, mode }) =>
    emitter.node("DepthToSpace", inputs, { blocksize: blockSize, mode }),
  vjp: ({ g, inputs: [x], attributes: { blockSize, mode }, ops }) => [
    () => {
      const depth = ops.spaceToDepth(g, blockSize);
      if (mode === "DCR") return depth;
      const order = depthFirst(x!.shape[1] as number, blockSize);
      return ops.gather(depth, constant(int64(order)), { axis: 1 });
    },
  ],
  meaning: ([x], { blockSize: b, mode }, { shape }) =>
    fillDense(shape as readonly number[], ([n, c, row, column]) => {
      const place = (row! % b) * b + (column! % b);
      const channel = mode === "DCR" ? place * (shape[1] as number) + c! : c! * b * b + place;
      return elementAt(x!, n!, channel, Math.floor(row! / b), Math.floor(column! / b));
    }),
});

/**
 * Moves groups of `blockSize²` channels to blocks of `blockSize × blockSize` pixels.
 *
 * @param x - image, `[n, c·blockSize², h, w]`
 * @param blockSize - side of a block
 * @param options - the channels' order, ONNX's `DCR` if left out
 * @returns `[n, c, h·blockSize, w·blockSize]`
 * @throws {ShapeError} if the channels are no multiple of `blockSize²`
 */
export function depthToSpace(
  x: Value,
  blockSize: number,
  { mode = "DCR" }: Partial<Pick<DepthToSpaceAttributes, "mode">> = {},
): Value {
  return apply(DepthToSpace, [x], { blockSize, mode });
}

/** For each channel of the depth-first order, its number in the depth-last order. */
function depthFirst(channels: number, blockSize: number): number[] {
  const places = blockSize ** 2;
  const depth = channels / places;
  return Array.from({ length: channels }, (_, k) => (k % places) * depth + Math.floor(k / places));
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link depthToSpace} */
    readonly depthToSpace: typeof depthToSpace;
  }
}
