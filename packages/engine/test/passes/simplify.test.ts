import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import { constant, createGraph, input, sortedValues, type Value } from "../../src/graph/value.ts";
import { ops } from "../../src/ops/index.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { simplify } from "../../src/passes/simplify.ts";
import { dense } from "../../src/tensor/dense.ts";
import { tensor } from "../../src/tensor/tensor.ts";

/** Names of the operations that are left of a graph with these outputs, inputs before users. */
function simplified(...outputs: readonly Value[]): string[] {
  const graph = simplify(createGraph(Object.fromEntries(outputs.map((y, i) => [`y${i}`, y]))));
  return sortedValues(Object.values(graph.outputs)).flatMap((value) =>
    value.kind === "computed" ? [value.op.name] : [],
  );
}

const x = input("x", [2, 3]);

describe("repeated subexpressions", () => {
  test("are computed once, however deep they lie", () => {
    const build = (): Value => ops.tanh(ops.mul(ops.exp(x), constant(2)));
    expect(simplified(ops.add(build(), build()))).toEqual(["Exp", "Mul", "Tanh", "Add"]);
  });

  test("are computed once for several outputs, which keep their names", () => {
    const { outputs } = simplify(createGraph({ first: ops.exp(x), second: ops.exp(x) }));
    expect(outputs.first).toBe(outputs.second);
  });

  test("of equal numbers count as repeated, of different numbers not", () => {
    const scaled = (by: number): Value => ops.mul(x, constant(tensor([by, 1, by])));
    expect(simplified(scaled(2), scaled(2))).toEqual(["Mul"]);
    expect(simplified(scaled(2), scaled(3))).toEqual(["Mul", "Mul"]);
  });

  test("of equal numbers in another shape or element type are not the same", () => {
    const row = ops.add(x, constant(tensor([1, 1, 1], [3])));
    const matrix = ops.add(x, constant(tensor([1, 1, 1], [1, 3])));
    expect(simplified(row, matrix)).toEqual(["Add", "Add"]);
    expect(simplified(ops.cast(x, "int32"), ops.cast(x, "bool"))).toEqual(["Cast", "Cast"]);
  });

  test("with other attributes or operands in another order are not the same", () => {
    const sums = [[0], [1]].map((axes) => ops.reduceSum(x, { axes }));
    expect(simplified(...sums)).toEqual(["ReduceSum", "ReduceSum"]);
    const y = input("y", [2, 3]);
    expect(simplified(ops.sub(x, y), ops.sub(y, x))).toEqual(["Sub", "Sub"]);
  });

  test("on large constants are the same for the same tensor only: nobody compares megabytes", () => {
    const [first, second] = [1, 1].map((fill) =>
      tensor(new Float32Array(300).fill(fill), [100, 3]),
    );
    const summed = (weights: typeof first): Value =>
      ops.reduceSum(ops.matMul(constant(weights!), ops.transpose(x, [1, 0])));
    expect(simplified(summed(first), summed(first))).toEqual(["Transpose", "MatMul", "ReduceSum"]);
    expect(simplified(summed(first), summed(second)).sort()).toEqual([
      "MatMul",
      "MatMul",
      "ReduceSum",
      "ReduceSum",
      "Transpose",
    ]);
  });
});

describe("what changes nothing", () => {
  test("is absent: an input that no output depends on is no input of the graph", () => {
    const unused = ops.exp(input("unused", [2, 3]));
    const [slope] = gradient(ops.reduceSum(ops.add(ops.mul(x, x), unused)), [x]);
    const graph = simplify(createGraph({ slope: slope! }));
    expect(Object.keys(graph.inputs)).toEqual(["x"]);
    expect(sortedValues([graph.outputs.slope])).not.toContain(unused);
  });

  test.each(["add", "sub", "mul", "div"] as const)("is an Expand before %s", (name) => {
    const row = ops.expand(input("row", [3]), [2, 3]);
    expect(simplified(ops[name](x, row))).toHaveLength(1);
    expect(simplified(ops[name](row, x))).toHaveLength(1);
  });

  test("is an Expand of both operands, if together they have the shape", () => {
    const column = ops.expand(input("column", [2, 1]), [2, 3]);
    const row = ops.expand(input("row", [1, 3]), [2, 3]);
    expect(simplified(ops.mul(column, row))).toEqual(["Mul"]);
  });

  test("is not an Expand that gives the result its shape", () => {
    const row = ops.expand(input("row", [1, 3]), [2, 3]);
    const number = ops.expand(input("number", []), [2, 3]);
    expect(simplified(ops.mul(row, number))).toEqual(["Expand", "Mul"]);
    expect(simplified(ops.exp(row))).toEqual(["Expand", "Exp"]);
    expect(simplified(row)).toEqual(["Expand"]);
  });

  test("is a reshape before a reshape, and both where the second undoes the first", () => {
    const flat = ops.reshape(ops.exp(x), [6]);
    expect(simplified(ops.reshape(flat, [3, 2]))).toEqual(["Exp", "Reshape"]);
    expect(simplified(ops.reshape(flat, [2, 3]))).toEqual(["Exp"]);
  });

  test.each(["replicate", "reflect", "symmetric"] as const)(
    "is a border that shows what the one inside repeats: %s",
    (mode) => {
      const image = input("image", [1, 2, 3, 4]);
      const inner = ops.pad(image, { pads: [2, 3, 2, 3], mode: "replicate" });
      const y = ops.pad(inner, { pads: [2, 1, 0, 3], mode });
      expect(simplified(y)).toEqual(["Pad"]);
      const feeds = {
        image: dense(
          [1, 2, 3, 4],
          Float64Array.from({ length: 24 }, (_, i) => i),
        ),
      };
      const graph = createGraph({ y });
      expect(evaluate(simplify(graph), feeds)).toEqual(evaluate(graph, feeds));
    },
  );

  test("is no border that shows more, or something else", () => {
    const image = input("image", [1, 2, 8, 8]);
    const inner = ops.pad(image, { pads: [2, 2, 2, 2], mode: "replicate" });
    for (const mode of ["reflect", "symmetric"] as const)
      expect(simplified(ops.pad(inner, { pads: [3, 3, 3, 3], mode }))).toEqual(["Pad", "Pad"]);
    expect(simplified(ops.pad(inner, { pads: [1, 1, 1, 1] }))).toEqual(["Pad", "Pad"]);
    const mirrored = ops.pad(image, { pads: [2, 2, 2, 2], mode: "reflect" });
    const again = ops.pad(mirrored, { pads: [1, 1, 1, 1], mode: "replicate" });
    expect(simplified(again)).toEqual(["Pad", "Pad"]);
  });
});

/** One step of a random graph: an operation on values made before, chosen by their places. */
type Step = readonly [op: (typeof stepOps)[number], a: number, b: number];

const stepOps = ["add", "sub", "mul", "div", "tanh", "expand", "flatten", "fold"] as const;

/** Builds random graphs full of repetitions: few operations on few values. */
function build(steps: readonly Step[]): Value[] {
  const values: Value[] = [
    x,
    input("row", [1, 3]),
    input("column", [2, 1]),
    constant(tensor([1.5, 2.5, 3.5])),
    constant(2),
  ];
  for (const [op, a, b] of steps) {
    const first = values[a % values.length]!;
    const second = values[b % values.length]!;
    if (op === "tanh") values.push(ops.tanh(first));
    else if (op === "expand") values.push(ops.expand(unflat(first), [2, 3]));
    else if (op === "flatten" || op === "fold") {
      if (unflat(first).shape.join() === "2,3")
        values.push(ops.reshape(first, op === "fold" ? [3, 2] : [6]));
    } else if (first.shape.join() === second.shape.join()) values.push(ops[op](first, second));
    else values.push(ops[op](unflat(first), unflat(second)));
  }
  return values.slice(5);
}

/** Undoes `flatten` and `fold`, so that everything broadcasts again. */
function unflat(value: Value): Value {
  return ["6", "3,2"].includes(value.shape.join()) ? ops.reshape(value, [2, 3]) : value;
}

test("numbers do not change by a bit, whatever the graph", () => {
  const feeds = {
    x: dense([2, 3], Float64Array.of(0.3, -1.2, 2.1, 0.7, -0.4, 1.9)),
    row: dense([1, 3], Float64Array.of(1.1, -0.6, 0.2)),
    column: dense([2, 1], Float64Array.of(-0.9, 1.3)),
  };
  const step = fc.tuple(fc.constantFrom(...stepOps), fc.nat(20), fc.nat(20));
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
      const values = build(steps);
      fc.pre(values.length > 0);
      const graph = createGraph(Object.fromEntries(values.map((value, i) => [`y${i}`, value])));
      expect(evaluate(simplify(graph), feeds)).toEqual(evaluate(graph, feeds));
    }),
    { numRuns: 300, seed: 1 },
  );
});

test("an Expand is dropped only where the result keeps its shape", () => {
  const shapes = [[], [1], [3], [1, 3], [2, 1], [2, 3]];
  for (const a of shapes)
    for (const b of shapes) {
      const product = ops.mul(ops.expand(input("a", a), [2, 3]), ops.expand(input("b", b), [2, 3]));
      const graph = simplify(createGraph({ product }));
      const { shape } = evaluate(graph, { a: dense(a), b: dense(b) }).product;
      expect(shape).toEqual([2, 3]);
    }
});
