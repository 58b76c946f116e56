import { ShapeError } from "../errors.ts";
import { apply, defineOp } from "../graph/op.ts";
import { expectRank } from "../graph/shapeRules.ts";
import type { Value } from "../graph/value.ts";
import { elementAt, fillDense } from "../tensor/dense.ts";
import { floorDivDim, formatShape, mulDims } from "../tensor/dim.ts";

/** Side of the block of pixels that becomes one pixel. */
export type SpaceToDepthAttributes = Readonly<{ blockSize: number }>;

/** Moves blocks of pixels to channels: row and column in the block count first, then the channel. */
export const SpaceToDepth = defineOp<SpaceToDepthAttributes>({
  name: "SpaceToDepth",
  infer: ([x], { blockSize }) => {
    expectRank(x!, 4, "the image");
    const [n, c, h, w] = x!.shape;
    if ([h, w].some((dim) => typeof dim === "number" && dim % blockSize !== 0))
      throw new ShapeError(
        `blocks of ${blockSize}×${blockSize} px must tile the image; got ${formatShape(x!.shape)}. Pad it first.`,
      );
    return {
      dtype: x!.dtype,
      shape: [
        n!,
        mulDims(c!, blockSize ** 2),
        floorDivDim(h!, blockSize),
        floorDivDim(w!, blockSize),
      ],
    };
  },
  emit: (emitter, inputs, _, { blockSize }) =>
    emitter.node("SpaceToDepth", inputs, { blocksize: blockSize }),
  vjp: ({ g, attributes: { blockSize }, ops }) => [() => ops.depthToSpace(g, blockSize)],
  meaning: ([x], { blockSize: b }, { shape }) =>
    fillDense(shape as readonly number[], ([n, channel, row, column]) => {
      const c = x!.shape[1]!;
      const place = Math.floor(channel! / c);
      return elementAt(
        x!,
        n!,
        channel! % c,
        row! * b + Math.floor(place / b),
        column! * b + (place % b),
      );
    }),
});

/**
 * Moves blocks of `blockSize × blockSize` pixels to `blockSize²` groups of channels: undoes
 * `depthToSpace`.
 *
 * @param x - image, `[n, c, h, w]`; height and width multiples of `blockSize`. Where they are
 *   symbolic this shows when the graph runs; call them `4·h` and `4·w` to have it proven
 * @param blockSize - side of a block
 * @returns `[n, c·blockSize², h/blockSize, w/blockSize]`
 * @throws {ShapeError} if blocks do not tile the image
 */
export function spaceToDepth(x: Value, blockSize: number): Value {
  return apply(SpaceToDepth, [x], { blockSize });
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link spaceToDepth} */
    readonly spaceToDepth: typeof spaceToDepth;
  }
}
