import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import type { Op } from "../../src/graph/op.ts";
import { createGraph, input, type InputValue, type Value } from "../../src/graph/value.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { denseOf, type Dense } from "../../src/tensor/dense.ts";
import { elementCount } from "../../src/tensor/dim.ts";
import { mul } from "../../src/ops/mul.ts";
import { reduceSum } from "../../src/ops/reduceSum.ts";
import { tensorOf, type Tensor } from "../../src/tensor/tensor.ts";
import { runOnnx } from "../onnxRuntime.ts";

/** One generated input: its shape and how its numbers are drawn. */
export interface InputSpec {
  readonly shape: readonly number[];
  /** Range of float32 numbers, [-1, 1] when left out. */
  readonly range?: readonly [number, number];
  /** Numbers at least this far from each other and from 0, for operations with kinks or ties. */
  readonly apart?: number;
  /** Whole numbers of this range, fed as int64 and without a gradient. */
  readonly indices?: readonly [number, number];
  /** Whether to check the gradient by this input; true for floats when left out. */
  readonly differentiate?: boolean;
}

/** One way to use an operation. */
export interface OpCase {
  readonly inputs: readonly InputSpec[];
  readonly build: (...inputs: readonly InputValue[]) => Value;
}

/** How an operation is checked; every operation has exactly one call of {@link checkOp}. */
export interface OpCheck {
  readonly op: {
    readonly name: string;
    readonly vjp: Op["vjp"] | ((...context: never) => unknown);
  };
  /** Generated cases; shapes and attributes vary. Asymmetric on purpose: no equal pads or sides. */
  readonly cases: fc.Arbitrary<OpCase>;
  /** Number of generated cases. */
  readonly runs?: number;
}

// float32 has 24 bits; sums of a few hundred terms of size one keep five digits.
const runtimeTolerance = 1e-5;
const gradientTolerance = 1e-6;
const step = 1e-5;

/**
 * Declares the two tests that every operation must pass over generated shapes: onnxruntime agrees
 * with the float64 meaning, and the gradient rule agrees with central differences of the meaning.
 */
export function checkOp({ op, cases, runs = 30 }: OpCheck): void {
  const seeded = fc.tuple(cases, fc.integer({ min: 1, max: 0x7fffffff }));
  describe(op.name, () => {
    test("onnxruntime computes what the float64 meaning says", async () => {
      await fc.assert(
        fc.asyncProperty(seeded, ([opCase, seed]) => compareWithRuntime(opCase, seed)),
        { numRuns: runs, seed: 1 },
      );
    });
    if (op.vjp === "no gradient") return;
    test("the gradient rule agrees with central differences", () => {
      fc.assert(
        fc.property(seeded, ([opCase, seed]) => {
          compareWithDifferences(opCase, seed);
        }),
        { numRuns: runs, seed: 2 },
      );
    });
  });
}

async function compareWithRuntime(opCase: OpCase, seed: number): Promise<void> {
  const { inputs, feeds } = drawInputs(opCase.inputs, seed);
  const graph = createGraph({ y: opCase.build(...inputs) });
  const dense = Object.fromEntries(Object.entries(feeds).map(([k, v]) => [k, denseOf(v)]));
  const expected = evaluate(graph, dense).y;
  const actual = (await runOnnx(graph, feeds)).y!;
  expect(actual.shape).toEqual(expected.shape);
  expect(relativeError(actual.data, expected.data)).toBeLessThan(runtimeTolerance);
}

/** Projects everything on random directions, so that one difference quotient checks all elements. */
function compareWithDifferences(opCase: OpCase, seed: number): void {
  const { inputs, feeds } = drawInputs(opCase.inputs, seed);
  const random = randomNumbers(seed + 1);
  const y = opCase.build(...inputs);
  const weights = input("weights of y", y.shape);
  const loss = reduceSum(mul(y, weights));
  const wrt = inputs.filter((_, i) => {
    const spec = opCase.inputs[i]!;
    return spec.differentiate ?? spec.indices === undefined;
  });
  const point: Record<string, Dense> = Object.fromEntries(
    Object.entries(feeds).map(([name, tensor]) => [name, denseOf(tensor)]),
  );
  point[weights.name] = {
    shape: y.shape as readonly number[],
    data: Float64Array.from({ length: elementCount(y.shape as number[]) }, () => random() * 2 - 1),
  };
  const gradients = evaluate(
    createGraph(Object.fromEntries(gradient(loss, wrt).map((g, i) => [wrt[i]!.name, g]))),
    point,
  );
  const lossAt = (at: Record<string, Dense>): number =>
    evaluate(createGraph({ loss }), at).loss.data[0]!;
  for (const { name } of wrt) {
    const direction = Float64Array.from(point[name]!.data, () => random() * 2 - 1);
    const moved = (t: number): Record<string, Dense> => ({
      ...point,
      [name]: {
        shape: point[name]!.shape,
        data: point[name]!.data.map((value, i) => value + t * direction[i]!),
      },
    });
    const difference = (lossAt(moved(step)) - lossAt(moved(-step))) / (2 * step);
    const products = gradients[name]!.data.map((g, i) => g * direction[i]!);
    const slope = products.reduce((sum, product) => sum + product, 0);
    // Cancellation: compare with the size of the terms and not only with their sum.
    const size = products.reduce((sum, product) => sum + Math.abs(product), 0);
    expect(
      Math.abs(slope - difference) / (1 + size),
      `gradient by ${name}: rule ${slope}, differences ${difference}`,
    ).toBeLessThan(gradientTolerance);
  }
}

function drawInputs(
  specs: readonly InputSpec[],
  seed: number,
): { inputs: InputValue[]; feeds: Record<string, Tensor> } {
  const random = randomNumbers(seed);
  const feeds: Record<string, Tensor> = {};
  const inputs = specs.map((spec, i) => {
    const tensor = drawTensor(spec, random);
    feeds[`x${i}`] = tensor;
    return input(`x${i}`, tensor.shape, tensor.dtype);
  });
  return { inputs, feeds };
}

function drawTensor(spec: InputSpec, random: () => number): Tensor {
  const count = elementCount(spec.shape);
  if (spec.indices !== undefined) {
    const [low, high] = spec.indices;
    const data = BigInt64Array.from({ length: count }, () =>
      BigInt(low + Math.floor(random() * (high - low + 1))),
    );
    return tensorOf("int64", data, spec.shape);
  }
  const data =
    spec.apart === undefined
      ? drawFloats(spec, count, random)
      : drawApart(spec.apart, count, random);
  return tensorOf("float32", data, spec.shape);
}

function drawFloats(
  { range: [low, high] = [-1, 1] }: InputSpec,
  count: number,
  random: () => number,
): Float32Array {
  return Float32Array.from({ length: count }, () => low + random() * (high - low));
}

/** Distinct multiples of `apart`, none of them 0, in random order. */
function drawApart(apart: number, count: number, random: () => number): Float32Array {
  const values = Float32Array.from(
    { length: count },
    (_, i) => apart * (i + 1) * (random() < 0.5 ? 1 : -1),
  );
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}

/** Largest difference, relative to the largest expected number (or 1). */
function relativeError(actual: Float64Array, expected: Float64Array): number {
  expect(actual.length).toBe(expected.length);
  const scale = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  return actual.reduce((max, value, i) => Math.max(max, Math.abs(value - expected[i]!) / scale), 0);
}

/** Lehmer's generator: enough for test data, and independent of the library's own. */
function randomNumbers(seed: number): () => number {
  let state = (seed % 2147483646) + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
