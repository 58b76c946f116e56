import { describe, expect, test } from "vitest";
import { constant, createGraph, input, sortedValues, type Value } from "../../src/graph/value.ts";
import { ops } from "../../src/ops/index.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { foldScales } from "../../src/passes/scales.ts";
import { dense } from "../../src/tensor/dense.ts";
import { tensor } from "../../src/tensor/tensor.ts";

const image = input("x", [1, 2, 5, 4]);
const kernels = constant(
  tensor(
    Float32Array.from({ length: 54 }, (_, i) => Math.sin(i)),
    [3, 2, 3, 3],
  ),
);
const bias = constant(tensor([0.5, -1, 2]));
const twice = (x: Value): Value => ops.mul(ops.sub(x, constant(0.5)), constant(2));
const framed = (x: Value): Value => ops.pad(x, { pads: [1, 1, 1, 1], mode: "reflect" });

const folded: Record<string, Value> = {
  "before a convolution": ops.conv(twice(image), kernels),
  "before one with a bias": ops.conv(twice(image), kernels, { bias }),
  "before a border of mirrored pixels": ops.conv(framed(twice(image)), kernels),
  "which only multiply, before zeros": ops.conv(ops.mul(image, constant(3)), kernels, {
    pads: [1, 1, 1, 1],
    bias,
  }),
  "one after the other": ops.conv(ops.add(twice(twice(image)), constant(0.25)), kernels),
};

test.each(Object.entries(folded))("numbers %s are taken into it", (_, y) => {
  const graph = foldScales(createGraph({ y }));
  const users = sortedValues([graph.outputs.y]).flatMap((value) =>
    value.kind === "computed" && value.inputs.includes(image) ? [value.op.name] : [],
  );
  expect(["Conv", "Pad"]).toContain(users.join());
  const x = dense(
    [1, 2, 5, 4],
    Float64Array.from({ length: 40 }, (_, i) => Math.cos(i * i)),
  );
  const expected = evaluate(createGraph({ y }), { x }).y;
  const actual = evaluate(graph, { x }).y;
  expect(actual.shape).toEqual(expected.shape);
  for (const [i, value] of actual.data.entries()) expect(value).toBeCloseTo(expected.data[i]!, 12);
});

describe("left as it is", () => {
  const others: Record<string, Value> = {
    "a convolution of the image itself": ops.conv(image, kernels),
    "what is added before zeros": ops.conv(twice(image), kernels, { pads: [1, 1, 1, 1] }),
    "what is framed with a number": ops.conv(
      ops.pad(twice(image), { pads: [1, 1, 1, 1] }),
      kernels,
    ),
    "what each channel is multiplied with": ops.conv(
      ops.mul(image, constant(tensor([1, 2], [2, 1, 1]))),
      kernels,
    ),
    "what goes into kernels that are fed": ops.conv(twice(image), input("w", [3, 2, 3, 3])),
  };

  test.each(Object.entries(others))("is %s", (_, y) => {
    expect(foldScales(createGraph({ y })).outputs.y).toBe(y);
  });
});
