import { describe, expect, test } from "vitest";
import { constant, createGraph, input, sortedValues, type Value } from "../../src/graph/value.ts";
import { ops } from "../../src/ops/index.ts";
import type { PadMode } from "../../src/ops/pad.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { polyphase } from "../../src/passes/polyphase.ts";
import { denseOf } from "../../src/tensor/dense.ts";
import { elementCount, symbol } from "../../src/tensor/dim.ts";
import { seededRandom } from "../../src/tensor/rng.ts";
import { tensor, type Tensor } from "../../src/tensor/tensor.ts";
import { runOnnx } from "../onnxRuntime.ts";

const [h, w] = [symbol("h"), symbol("w")];

function normal(shape: readonly number[], seed: number): Tensor {
  const data = new Float32Array(elementCount(shape));
  seededRandom(seed).fillNormal(data);
  return tensor(data, shape);
}

function weights(...shape: readonly number[]): Value {
  return constant(normal(shape, 1));
}

/** Names of the operations of a graph, inputs before users. */
function operations(y: Value): string[] {
  return sortedValues([y]).flatMap((value) => (value.kind === "computed" ? [value.op.name] : []));
}

/** Sides and stride of the kernels of all convolutions. */
function convolutions(y: Value): string[] {
  return sortedValues([y]).flatMap((value) =>
    value.kind === "computed" && value.op.name === "Conv"
      ? [
          `${value.inputs[1]!.shape.join("×")} / ${(value.attributes["strides"] as number[]).join()}`,
        ]
      : [],
  );
}

/** Holds a graph of `x`, `[1, c, h, w]`, against what the pass makes of it, in float64 and in ONNX Runtime. */
async function expectSame(
  build: (x: Value) => Value,
  channels: number,
  sizes: readonly (readonly [number, number])[],
): Promise<void> {
  const y = build(input("x", [1, channels, h, w]));
  const graph = createGraph({ y });
  const rewritten = polyphase(graph);
  expect(rewritten.outputs.y).not.toBe(y);
  expect(rewritten.outputs.y.shape.join()).toBe(y.shape.join());
  for (const [height, width] of sizes) {
    const x = normal([1, channels, height, width], 7);
    const fixed = createGraph({ y: build(input("x", x.shape)) });
    const expected = evaluate(fixed, { x: denseOf(x) }).y;
    const exact = evaluate(polyphase(fixed), { x: denseOf(x) }).y;
    const computed = (await runOnnx(rewritten, { x })).y!;
    for (const [{ shape, data }, closeness] of [
      [exact, 1e-12],
      [computed, 1e-5],
    ] as const) {
      expect(shape).toEqual(expected.shape);
      const largest = data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - expected.data[i]!)),
        0,
      );
      expect(largest).toBeLessThan(closeness * 10);
    }
  }
}

describe("a 3×3 convolution of an image that nearest enlarged by 2", () => {
  const kernels = weights(5, 3, 3, 3);
  const sizes = [
    [1, 1],
    [1, 3],
    [4, 2],
    [5, 7],
  ] as const;
  const enlarged = (x: Value): Value => ops.resizeNearest(x, { scales: [2, 2] });

  test.each(["constant", "reflect", "replicate", "symmetric"] as const satisfies PadMode[])(
    "is one of 2×2 at the lower resolution, with a border before it: %s",
    async (mode) => {
      const build = (x: Value): Value =>
        ops.conv(ops.pad(enlarged(x), { pads: [1, 1, 1, 1], mode }), kernels);
      await expectSame(build, 3, sizes);
      const { y } = polyphase(createGraph({ y: build(input("x", [1, 3, h, w])) })).outputs;
      expect(operations(y)).not.toContain("ResizeNearest");
      expect(convolutions(y)).toEqual(["20×3×2×2 / 1,1"]);
    },
  );

  test("may pad by itself and have a bias", async () => {
    const build = (x: Value): Value =>
      ops.conv(enlarged(x), kernels, { pads: [1, 1, 1, 1], bias: weights(5) });
    await expectSame(build, 3, sizes);
  });

  const x = input("x", [1, 3, h, w]);
  const others: Record<string, Value> = {
    "enlarged by 3": ops.conv(ops.resizeNearest(x, { scales: [3, 3] }), kernels, {
      pads: [1, 1, 1, 1],
    }),
    "enlarged bilinearly": ops.conv(ops.resizeBilinear(x, { scales: [2, 2] }), kernels, {
      pads: [1, 1, 1, 1],
    }),
    "not padded": ops.conv(enlarged(x), kernels),
    "padded on one side": ops.conv(enlarged(x), kernels, { pads: [1, 1, 0, 0] }),
    "padded with ones": ops.conv(ops.pad(enlarged(x), { pads: [1, 1, 1, 1], value: 1 }), kernels),
    "of other kernels": ops.conv(enlarged(x), weights(5, 3, 1, 1)),
    "of kernels that are fed, as in training": ops.conv(
      enlarged(x),
      input("kernels", [5, 3, 3, 3]),
      { pads: [1, 1, 1, 1] },
    ),
    "of several images": ops.conv(enlarged(input("x", [2, 3, h, w])), kernels, {
      pads: [1, 1, 1, 1],
    }),
    "in groups": ops.conv(enlarged(x), weights(3, 1, 3, 3), { pads: [1, 1, 1, 1], group: 3 }),
  };

  test.each(Object.entries(others))("is left as it is where it is %s", (_, y) => {
    expect(polyphase(createGraph({ y })).outputs.y).toBe(y);
  });
});

describe("a large kernel to few channels", () => {
  const kernels = weights(3, 2, 9, 9);

  test("makes blocks of 4×4 pixels where these tile the result", async () => {
    const build = (x: Value): Value =>
      ops.conv(ops.resizeNearest(x, { scales: [4, 4] }), kernels, {
        pads: [4, 4, 4, 4],
        bias: weights(3),
      });
    await expectSame(build, 2, [
      [1, 1],
      [2, 3],
    ]);
    const { y } = polyphase(createGraph({ y: build(input("x", [1, 2, h, w])) })).outputs;
    expect(convolutions(y)).toEqual(["48×2×12×12 / 4,4"]);
  });

  test("makes blocks of 2×2 pixels where only these do", async () => {
    const build = (x: Value): Value => {
      const wide = ops.pad(ops.resizeNearest(x, { scales: [2, 2] }), { pads: [4, 4, 4, 4] });
      return ops.conv(wide, kernels);
    };
    await expectSame(build, 2, [
      [1, 1],
      [3, 2],
    ]);
    const { y } = polyphase(createGraph({ y: build(input("x", [1, 2, h, w])) })).outputs;
    expect(convolutions(y)).toEqual(["12×2×10×10 / 2,2"]);
  });

  test("lets what follows number by number be computed before depth to space", async () => {
    const build = (x: Value): Value =>
      ops.tanh(ops.mul(ops.conv(x, weights(3, 16, 9, 9), { pads: [4, 4, 4, 4] }), constant(0.1)));
    const even = (x: Value): Value => build(ops.depthToSpace(x, 2));
    await expectSame(even, 64, [[2, 3]]);
    const { y } = polyphase(createGraph({ y: even(input("x", [1, 64, h, w])) })).outputs;
    expect(operations(y).slice(-3)).toEqual(["Mul", "Tanh", "DepthToSpace"]);
  });

  const x = input("x", [1, 2, h, w]);
  const double = ops.resizeNearest(x, { scales: [2, 2] });
  const others: Record<string, Value> = {
    "no blocks tile the result": ops.conv(x, kernels, { pads: [4, 4, 4, 4] }),
    "the kernel is small": ops.conv(double, weights(3, 2, 1, 1)),
    "there are many channels": ops.conv(double, weights(16, 2, 9, 9), { pads: [4, 4, 4, 4] }),
    "there is a stride": ops.conv(ops.resizeNearest(x, { scales: [8, 8] }), kernels, {
      pads: [4, 4, 4, 4],
      strides: [2, 2],
    }),
    "kernels are fed": ops.conv(double, input("kernels", [3, 2, 9, 9]), { pads: [4, 4, 4, 4] }),
  };

  test.each(Object.entries(others))("is left as it is where %s", (_, y) => {
    expect(polyphase(createGraph({ y })).outputs.y).toBe(y);
  });
});
