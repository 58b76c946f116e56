// Each rule beside what the oracle's gradient reaches.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  constant,
  createGraph,
  evaluate,
  gradient,
  input,
  ops,
  receptiveField,
  tensor,
  type ReceptiveField,
  type Value,
} from "../../src/index.ts";

const side = 12;
const image = input("image", [1, 2, side, side]);

/** Rows and columns of the image that one position of a map depends on. */
function reached(map: Value, row: number, column: number) {
  const one = ops.slice(map, { axes: [2, 3], starts: [row, column], ends: [row + 1, column + 1] });
  const [slope] = gradient(ops.reduceSum(one), [image]);
  const data = Float64Array.from({ length: 2 * side * side }, (_, i) => ((i * 7919) % 1009) / 1009);
  const { by } = evaluate(createGraph({ by: slope! }), {
    image: { shape: [1, 2, side, side], data },
  });
  const found = [...by.data.keys()].filter((i) => by.data[i] !== 0);
  const span = (positions: readonly number[]) => ({
    from: Math.min(...positions),
    to: Math.max(...positions),
  });
  return {
    rows: span(found.map((i) => Math.floor(i / side) % side)),
    columns: span(found.map((i) => i % side)),
  };
}

function spanOf({ stride, from, to }: ReceptiveField, position: number) {
  return { from: stride * position + from, to: stride * position + to };
}

const small = fc.integer({ min: 1, max: 2 });
const pair = fc.tuple(small, fc.integer({ min: 1, max: 3 }));
const pads = fc.tuple(small, small, small, small);

function kernels(channels: number, [height, width]: readonly [number, number]): Value {
  const length = channels * 2 * height * width;
  const weights = Float32Array.from({ length }, (_, i) => 1 + (i % 5));
  return constant(tensor(weights, [channels, 2, height, width]));
}

/** The top left of a map, of the given size. */
function corner(map: Value, size: number): Value {
  return ops.slice(map, { axes: [2, 3], starts: [0, 0], ends: [size, size] });
}

const maps: readonly (readonly [string, fc.Arbitrary<Value>])[] = [
  [
    "convolutions",
    fc
      .record({ kernel: pair, strides: pair, dilations: pair, pads })
      .map(({ kernel, ...options }) => ops.conv(image, kernels(3, kernel), options)),
  ],
  [
    "average pooling",
    fc.record({ kernel: pair, strides: pair }).map((options) => ops.averagePool(image, options)),
  ],
  ["borders", pads.map((border) => ops.pad(image, { pads: border }))],
  [
    "slices",
    fc
      .record({ starts: pair, steps: pair })
      .map(({ starts, steps }) => ops.slice(image, { axes: [2, 3], starts, steps })),
  ],
  [
    "maps joined and averaged over channels",
    fc.record({ kernel: pair, pads }).map(({ kernel, pads: border }) => {
      const sums = ops.conv(image, kernels(2, kernel), { pads: border });
      const joined = ops.concat([corner(sums, 9), ops.abs(corner(image, 9))], { axis: 1 });
      return ops.reduceMean(joined, { axes: [1], keepDims: true });
    }),
  ],
];

describe.each(maps)("%s", (_, generated) => {
  test("a position depends on its receptive field and on nothing else", () => {
    fc.assert(
      fc.property(generated, (map) => {
        const [, , height, width] = map.shape as [number, number, number, number];
        const [row, column] = [height >> 1, width >> 1];
        const { rows, columns } = receptiveField(map, image);
        expect(reached(map, row, column)).toEqual({
          rows: spanOf(rows, row),
          columns: spanOf(columns, column),
        });
      }),
      { numRuns: 30 },
    );
  });
});

test("the largest of a window depends on the window", () => {
  const map = ops.maxPool(image, { kernel: [3, 2], strides: [2, 1], pads: [1, 0, 1, 0] });
  expect(receptiveField(map, image)).toEqual({
    rows: { stride: 2, from: -1, to: 1 },
    columns: { stride: 1, from: 0, to: 1 },
  });
});

test.each([
  ["a transposed image", ops.transpose(image, [0, 1, 3, 2]), /Transpose may depend on any part/],
  ["a mean over positions", ops.reduceMean(image, { axes: [2, 3], keepDims: true }), /ReduceMean/],
  ["rows joined to rows", ops.concat([image, image], { axis: 2 }), /Concat/],
  ["a slice from the end", ops.slice(image, { axes: [3], starts: [-4] }), /Slice/],
])("%s has no receptive field", (_, map, message) => {
  expect(() => receptiveField(map, image)).toThrow(message);
});
