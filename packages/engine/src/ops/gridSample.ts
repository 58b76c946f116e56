import { ShapeError } from "../errors.ts";
import { apply, defineOp, type Ops } from "../graph/op.ts";
import { expectRank, staticShape } from "../graph/shapeRules.ts";
import { constant, type Value } from "../graph/value.ts";
import { elementAt, fillDense, type Dense } from "../tensor/dense.ts";
import { equalDims, formatShape } from "../tensor/dim.ts";
import { int64 } from "../tensor/tensor.ts";

/** What lies outside of the image, and what −1 and 1 mean. */
export type GridSampleAttributes = Readonly<{
  /** Black, or the border's pixels going on for ever. */
  padding: "zeros" | "border";
  /** Whether −1 and 1 are the centres of the outermost pixels, or else the image's outer edges. */
  alignCorners: boolean;
}>;

/**
 * An image looked up between its pixels, by bilinear interpolation.
 *
 * Source: Jaderberg et al. 2015, "Spatial Transformer Networks", equations 5 to 7.
 */
export const GridSample = defineOp<GridSampleAttributes>({
  name: "GridSample",
  infer: ([x, grid]) => {
    expectRank(x!, 4, "the image");
    expectRank(grid!, 4, "the grid");
    const [n, c] = x!.shape;
    const [batch, height, width, pair] = grid!.shape;
    if (!equalDims(n!, batch!) || pair !== 2)
      throw new ShapeError(
        `the grid must be [${String(n!)}, h, w, 2], a pair (x, y) for each pixel; got ${formatShape(grid!.shape)}.`,
      );
    return { dtype: x!.dtype, shape: [n!, c!, height!, width!] };
  },
  emit: (emitter, inputs, _, { padding, alignCorners }) =>
    emitter.node("GridSample", inputs, {
      mode: "bilinear",
      padding_mode: padding,
      align_corners: alignCorners ? 1 : 0,
    }),
  vjp: ({ g, inputs: [x, grid], attributes, ops }) => [
    () => imageGradient(ops, g, x!, cornersOf(ops, x!, grid!, attributes)),
    () => gridGradient(ops, g, x!, grid!, cornersOf(ops, x!, grid!, attributes)),
  ],
  meaning: ([x, grid], attributes, { shape }) => {
    const [, , h, w] = x!.shape as readonly [number, number, number, number];
    return fillDense(shape as readonly number[], ([n, c, p, q]) => {
      const column = pixelPosition(elementAt(grid!, n!, p!, q!, 0), w, attributes);
      const row = pixelPosition(elementAt(grid!, n!, p!, q!, 1), h, attributes);
      const [left, top] = [Math.floor(column), Math.floor(row)];
      let sum = 0;
      for (const y of [top, top + 1]) {
        for (const at of [left, left + 1]) {
          const weight = (1 - Math.abs(row - y)) * (1 - Math.abs(column - at));
          sum += weight * pixelAt(x!, n!, c!, y, at, attributes);
        }
      }
      return sum;
    });
  },
});

/**
 * Looks up an image between its pixels.
 *
 * @param x - image, `[n, c, h, w]`
 * @param grid - for each pixel of the result where it comes from, `[n, h', w', 2]`: x, then y, each
 *   from −1 (left, top) to 1 (right, bottom)
 * @param options - zeros outside and outer edges at ±1 if left out, as in ONNX and PyTorch
 * @returns `[n, c, h', w']`
 * @throws {ShapeError} if the grid is not one of pairs for each image
 */
export function gridSample(
  x: Value,
  grid: Value,
  { padding = "zeros", alignCorners = false }: Partial<GridSampleAttributes> = {},
): Value {
  return apply(GridSample, [x, grid], { padding, alignCorners });
}

function pixelPosition(at: number, length: number, { alignCorners }: GridSampleAttributes): number {
  return alignCorners ? ((at + 1) * (length - 1)) / 2 : ((at + 1) * length - 1) / 2;
}

function pixelAt(
  x: Dense,
  n: number,
  c: number,
  row: number,
  column: number,
  { padding }: GridSampleAttributes,
): number {
  const [, , h, w] = x.shape as readonly [number, number, number, number];
  const y = Math.min(Math.max(row, 0), h - 1);
  const at = Math.min(Math.max(column, 0), w - 1);
  return padding === "zeros" && (y !== row || at !== column) ? 0 : elementAt(x, n, c, y, at);
}

/**
 * One of the two pixels along an axis between which a point lies. Values broadcast to
 * `[n, 1, points]`.
 */
interface Neighbour {
  /** Its index on the axis, int64. */
  readonly index: Value;
  /** How much of the point it is, from 0 to 1. */
  readonly weight: Value;
  /** How much that changes with the grid's coordinate. */
  readonly slope: Value;
}

/** One of the four pixels between which a point lies. Values broadcast to `[n, 1, points]`. */
interface Corner {
  /** Its index among all pixels of the image, int64. */
  readonly index: Value;
  readonly weight: Value;
  /** How much the weight changes with the grid's x and y. */
  readonly slopes: readonly [Value, Value];
}

function cornersOf(ops: Ops, x: Value, grid: Value, attributes: GridSampleAttributes): Corner[] {
  const [, , h, w] = staticShape(x.shape, "the gradient of GridSample");
  const columns = neighboursOf(ops, grid, 0, w!, attributes);
  return neighboursOf(ops, grid, 1, h!, attributes).flatMap((row) =>
    columns.map((column) => ({
      index: ops.add(ops.mul(row.index, constant(int64([w!], []))), column.index),
      weight: ops.mul(row.weight, column.weight),
      slopes: [ops.mul(row.weight, column.slope), ops.mul(row.slope, column.weight)] as const,
    })),
  );
}

/** The pixels before and after each point along one axis, `0` for x and `1` for y. */
function neighboursOf(
  ops: Ops,
  grid: Value,
  axis: 0 | 1,
  length: number,
  { padding, alignCorners }: GridSampleAttributes,
): Neighbour[] {
  const [n, height, width] = staticShape(grid.shape, "the gradient of GridSample");
  const pixelsPerUnit = (alignCorners ? length - 1 : length) / 2;
  const coordinates = ops.reshape(
    ops.slice(grid, { axes: [3], starts: [axis], ends: [axis + 1] }),
    [n!, 1, height! * width!],
  );
  const position = ops.add(
    ops.mul(coordinates, constant(pixelsPerUnit)),
    constant((length - 1) / 2),
  );
  const before = ops.floor(position);
  const share = ops.sub(position, before);
  const neighbour = (place: Value, weight: Value, slope: number): Neighbour => {
    const nearest = ops.clip(place, { min: 0, max: length - 1 });
    const index = ops.cast(nearest, "int64");
    if (padding === "border") return { index, weight, slope: constant(slope) };
    const inside = ops.cast(ops.equal(place, nearest), "float32");
    return {
      index,
      weight: ops.mul(weight, inside),
      slope: ops.mul(constant(slope), inside),
    };
  };
  return [
    neighbour(before, ops.sub(constant(1), share), -pixelsPerUnit),
    neighbour(ops.add(before, constant(1)), share, pixelsPerUnit),
  ];
}

/** Each point's gradient goes to its four pixels, by weight. */
function imageGradient(ops: Ops, g: Value, x: Value, corners: readonly Corner[]): Value {
  const [n, c, h, w] = x.shape as readonly number[];
  const byPoint = pointwise(ops, g); // [n, c, points]
  const updates = corners.map(({ weight }) => ops.mul(byPoint, weight));
  const indices = corners.map(({ index }) => ops.expand(index, byPoint.shape));
  const image = ops.scatterAdd(
    ops.expand(constant(0), [n!, c!, h! * w!]),
    ops.concat(indices, { axis: 2 }),
    ops.concat(updates, { axis: 2 }),
    { axis: 2 },
  );
  return ops.reshape(image, [n!, c!, h!, w!]);
}

/** How the weights of a point's four pixels change when it moves, times what that does. */
function gridGradient(
  ops: Ops,
  g: Value,
  x: Value,
  grid: Value,
  corners: readonly Corner[],
): Value {
  const [n, height, width] = grid.shape as readonly number[];
  const byPoint = pointwise(ops, g); // [n, c, points]
  const pixels = pointwise(ops, x); // [n, c, h*w]
  const effects = corners.map(({ index }) => {
    const values = ops.gatherElements(pixels, ops.expand(index, byPoint.shape), { axis: 2 });
    return ops.reduceSum(ops.mul(byPoint, values), { axes: [1], keepDims: true });
  });
  const along = ([0, 1] as const).map((axis) =>
    corners.map(({ slopes }, i) => ops.mul(slopes[axis], effects[i]!)).reduce(ops.add),
  );
  return ops.concat(
    along.map((gradient) => ops.reshape(gradient, [n!, height!, width!, 1])),
    { axis: 3 },
  );
}

/** The rows of an image behind each other, `[n, c, h*w]`. */
function pointwise(ops: Ops, x: Value): Value {
  const [n, c, h, w] = staticShape(x.shape, "the gradient of GridSample");
  return ops.reshape(x, [n!, c!, h! * w!]);
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link gridSample} */
    readonly gridSample: typeof gridSample;
  }
}
