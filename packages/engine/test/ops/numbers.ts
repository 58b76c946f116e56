import { expect } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import { createGraph, constant, input, type Value } from "../../src/graph/value.ts";
import { mul } from "../../src/ops/mul.ts";
import { reduceSum } from "../../src/ops/reduceSum.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { denseOf } from "../../src/tensor/dense.ts";
import { elementCount, evaluateDim, isStatic, type Shape } from "../../src/tensor/dim.ts";
import { tensor, type Tensor } from "../../src/tensor/tensor.ts";
import { runOnnx } from "../onnxRuntime.ts";

/** The elements of a value that depends on no input, by the float64 meanings. */
export function numbersOf(value: Value): number[] {
  return [...evaluate(createGraph({ y: value }), {}).y.data];
}

/** The elements of the gradient by `x`, where `g` is the gradient by `y`. */
export function pulledBack(g: Tensor, y: Value, x: Value): number[] {
  return numbersOf(gradient(reduceSum(mul(y, constant(g))), [x])[0]!);
}

/**
 * Builds a graph once with symbolic sizes and holds onnxruntime's results at several sizes against
 * the float64 meaning of the graph built for those sizes.
 */
export async function checkAtSizes(
  shapes: readonly Shape[],
  build: (...inputs: readonly Value[]) => Value,
  sizes: readonly Readonly<Record<string, number>>[],
): Promise<void> {
  const graph = createGraph({ y: build(...inputsOf(shapes)) });
  expect(isStatic(graph.outputs.y.shape)).toBe(false);
  for (const size of sizes) {
    const known = shapes.map((shape) => shape.map((dim) => evaluateDim(dim, size)));
    const feeds = Object.fromEntries(known.map((shape, i) => [`x${i}`, counting(shape)]));
    const actual = (await runOnnx(graph, feeds)).y!;
    const expected = evaluate(
      createGraph({ y: build(...inputsOf(known)) }),
      Object.fromEntries(Object.entries(feeds).map(([name, fed]) => [name, denseOf(fed)])),
    ).y;
    expect(actual).toEqual(expected);
    expect(graph.outputs.y.shape.map((dim) => evaluateDim(dim, size))).toEqual(expected.shape);
  }
}

function inputsOf(shapes: readonly Shape[]): Value[] {
  return shapes.map((shape, i) => input(`x${i}`, shape));
}

/** Small whole numbers, so that results can be compared exactly. */
function counting(shape: readonly number[]): Tensor {
  return tensor(
    Float32Array.from({ length: elementCount(shape) }, (_, i) => i + 1),
    shape,
  );
}
