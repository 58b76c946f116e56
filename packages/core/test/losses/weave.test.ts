import {
  constant,
  createGraph,
  denseOf,
  evaluate,
  gradient,
  input,
  tensor,
  type Tensor,
} from "@deepstyle/engine";
import { expect, test } from "vitest";
import { weaveLoss } from "../../src/losses/weave.ts";
import { relativeError } from "../numbers.ts";
import { picture } from "../pictures.ts";

function weaveOf(image: Tensor, block = 4): number {
  const graph = createGraph({ loss: weaveLoss(constant(image), { block }) });
  return evaluate(graph, {}).loss.data[0]!;
}

function drawn(width: number, height: number, value: (x: number, y: number) => number): Tensor {
  const size = width * height;
  const data = Float32Array.from({ length: 3 * size }, (_, i) =>
    value(i % width, Math.floor(i / width) % height),
  );
  return tensor(data, [1, 3, height, width]);
}

test("one bright place in each block of 4×4 px, by hand", () => {
  const image = drawn(16, 8, (x, y) => (x % 4 === 2 && y % 4 === 1 ? 0.8 : 0));
  // The mean of 16 places is 0.05, one of them is at 0.8.
  expect(weaveOf(image)).toBeCloseTo((0.75 ** 2 + 15 * 0.05 ** 2) / 16, 7);
});

test("shades, stripes of another period and what no block covers cost nothing", () => {
  expect(weaveOf(drawn(16, 16, (_, y) => (y < 8 ? 0.2 : 0.9)))).toBeLessThan(1e-14);
  // Every place of a block meets each of three shades equally often.
  expect(weaveOf(drawn(12, 12, (x) => (x % 3) / 3))).toBeLessThan(1e-14);
  expect(weaveOf(drawn(19, 17, (x, y) => (x >= 16 || y >= 16 ? 1 : 0.5)))).toBeLessThan(1e-14);
});

test("windows are looked at one by one: a weave that turns over is one all the same", () => {
  const turning = (x: number): number => (x % 4 < 2 ? 0.5 : -0.5) * (x < 64 ? 1 : -1);
  expect(weaveOf(drawn(128, 8, turning))).toBeCloseTo(0.25, 7);
});

test("the gradient is the slope, by central differences", () => {
  const image = tensor(picture({ width: 10, height: 9 }, 1).data, [1, 3, 9, 10]);
  const x = input("image", image.shape);
  const loss = weaveLoss(x, { block: 4 });
  const [slope] = gradient(loss, [x]);
  const at = denseOf(image);
  const run = (data: Float64Array) =>
    evaluate(createGraph({ loss, slope: slope! }), { image: { ...at, data } });
  const step = 1e-4;
  const differences = at.data.map((value, i) => {
    const moved = (by: number): number => run(at.data.with(i, value + by)).loss.data[0]!;
    return (moved(step) - moved(-step)) / (2 * step);
  });
  expect(relativeError(run(at.data).slope.data, differences)).toBeLessThan(1e-7);
});
