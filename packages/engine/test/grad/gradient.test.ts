import { describe, expect, test } from "vitest";
import { gradient } from "../../src/grad/gradient.ts";
import { apply, defineOp } from "../../src/graph/op.ts";
import {
  constant,
  createGraph,
  input,
  sortedValues,
  type InputValue,
  type Value,
} from "../../src/graph/value.ts";
import { ops } from "../../src/ops/index.ts";
import { evaluate } from "../../src/oracle/evaluate.ts";
import { dense, denseOf } from "../../src/tensor/dense.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { numbersOf } from "../ops/numbers.ts";

/** Names of the operations that a value is computed by. */
function opNames(...roots: readonly Value[]): string[] {
  return sortedValues(roots).flatMap((value) => (value.kind === "computed" ? [value.op.name] : []));
}

function count(list: readonly string[], name: string): number {
  return list.filter((other) => other === name).length;
}

describe("broadcasting", () => {
  const column = constant(tensor([10, 20], [2, 1]));
  const row = constant(tensor([1, 2, 3], [3]));
  const [byColumn, byRow] = gradient(ops.reduceSum(ops.mul(column, row)), [column, row]);

  test("is undone: repeated elements get the sum over their repetitions, in their own shape", () => {
    expect(byColumn!.shape).toEqual([2, 1]);
    expect(numbersOf(byColumn!)).toEqual([6, 6]);
    expect(byRow!.shape).toEqual([3]);
    expect(numbersOf(byRow!)).toEqual([30, 30, 30]);
  });

  test("is undone once, by one sum", () => {
    expect(count(opNames(byColumn!), "ReduceSum")).toBe(1);
    expect(count(opNames(byRow!), "ReduceSum")).toBe(1);
  });

  test("of a scalar sums over everything", () => {
    const scale = constant(2);
    const loss = ops.reduceSum(ops.mul(constant(tensor([1, 2, 3, 4], [2, 2])), scale));
    expect(numbersOf(gradient(loss, [scale])[0]!)).toEqual([10]);
  });

  test("leaves no sum where nothing was repeated", () => {
    const x = input("x", [2, 3]);
    const [g] = gradient(ops.reduceSum(ops.mul(x, input("y", [2, 3]))), [x]);
    expect(opNames(g!)).not.toContain("ReduceSum");
  });
});

describe("what is built", () => {
  const x = input("x", [2, 3]);
  const weight = constant(tensor([1, 2, 3], [3, 1]), "weight");
  const loss = ops.reduceSum(ops.matMul(x, weight));

  test("is the path to what was asked for: a frozen weight has no gradient", () => {
    const forInput = opNames(...gradient(loss, [x]));
    const forBoth = opNames(...gradient(loss, [x, weight]));
    expect(count(forInput, "MatMul")).toBe(1);
    expect(count(forBoth, "MatMul")).toBe(2);
  });

  test("is nothing before the values asked for, which may be computed ones", () => {
    const hidden = ops.exp(ops.tanh(x));
    const [g] = gradient(ops.reduceSum(ops.mul(hidden, hidden)), [hidden]);
    const names = opNames(g!);
    expect(count(names, "Tanh")).toBe(1);
    expect(count(names, "Exp")).toBe(1);
    expect(names).not.toContain("Sub");
  });

  test("does not overflow the stack for graphs of 20000 operations", () => {
    let y: Value = ops.reduceSum(x);
    for (let i = 0; i < 20_000; i++) y = ops.add(y, constant(1));
    expect(gradient(y, [x])[0]!.shape).toEqual([2, 3]);
  });
});

describe("a value that is used twice", () => {
  const x = constant(tensor([3, -1, 2]));

  test("gets the sum of both gradients, also from one operation", () => {
    const loss = ops.reduceSum(ops.mul(x, x));
    expect(numbersOf(gradient(loss, [x])[0]!)).toEqual([6, -2, 4]);
  });

  test("gets the sum where its paths part and meet again", () => {
    // (x² + x) · x has the derivative 3x² + 2x.
    const loss = ops.reduceSum(ops.mul(ops.add(ops.mul(x, x), x), x));
    expect(numbersOf(gradient(loss, [x])[0]!)).toEqual([33, 1, 16]);
  });

  test("and asked for twice is answered twice", () => {
    const [a, b] = gradient(ops.reduceSum(x), [x, x]);
    expect(a).toBe(b);
  });
});

test("the gradient of the loss by itself is 1", () => {
  const loss = ops.reduceSum(input("x", [2]));
  expect(numbersOf(gradient(loss, [loss])[0]!)).toEqual([1]);
});

test("gradients pass a reshape and come back in the first shape", () => {
  const x = constant(tensor([1, 2, 3, 4, 5, 6], [2, 3]));
  const flat = ops.reshape(x, [6]);
  const [g] = gradient(ops.reduceSum(ops.mul(flat, flat)), [x]);
  expect(g!.shape).toEqual([2, 3]);
  expect(numbersOf(g!)).toEqual([2, 4, 6, 8, 10, 12]);
});

describe("gradients of gradients", () => {
  test("of x³ are 6x", () => {
    const x = constant(tensor([2, -3]));
    const [first] = gradient(ops.reduceSum(ops.mul(ops.mul(x, x), x)), [x]);
    expect(numbersOf(first!)).toEqual([12, 27]);
    const [second] = gradient(ops.reduceSum(first!), [x]);
    expect(numbersOf(second!)).toEqual([12, -18]);
  });

  const losses: Record<string, (x: InputValue) => Value> = {
    "smooth functions": (x) =>
      ops.reduceSum(ops.div(ops.tanh(x), ops.sqrt(ops.add(ops.exp(x), constant(1))))),
    "products of matrices": (x) => {
      const gram = ops.matMul(x, ops.transpose(x, [1, 0]));
      return ops.reduceMean(ops.mul(gram, gram));
    },
    "a softmax": (x) => {
      const y = ops.softmax(x, { axis: 1 });
      return ops.reduceSum(ops.mul(ops.mul(y, y), x));
    },
    "slices, borders and joins": (x) => {
      const padded = ops.pad(x, { pads: [2, 0, 1, 3], mode: "reflect" });
      const joined = ops.concat([ops.slice(padded, { starts: [-1], steps: [-2] }), x], { axis: 1 });
      return ops.reduceSum(ops.pow(joined, constant(3)));
    },
  };

  test.each(Object.entries(losses))("agree with differences of gradients for %s", (_, build) => {
    const x = input("x", [3, 4]);
    const weights = tensor(
      Float32Array.from({ length: 12 }, (_, i) => Math.cos(3 * i)),
      [3, 4],
    );
    const [first] = gradient(build(x), [x]);
    const slope = ops.reduceSum(ops.mul(first!, constant(weights)));
    const [second] = gradient(slope, [x]);
    const point = Float64Array.from({ length: 12 }, (_, i) => Math.sin(i + 1));
    const feeds = (at: Float64Array): Record<string, ReturnType<typeof dense>> => ({
      x: dense([3, 4], at),
    });
    const exact = evaluate(createGraph({ second: second! }), feeds(point)).second.data;
    const slopeAt = (at: Float64Array): number =>
      evaluate(createGraph({ slope }), feeds(at)).slope.data[0]!;
    point.forEach((value, i) => {
      const [up, down] = [1e-5, -1e-5].map((step) => slopeAt(point.with(i, value + step)));
      expect(exact[i]).toBeCloseTo((up! - down!) / 2e-5, 6);
    });
  });
});

describe("errors", () => {
  const x = input("x", [2]);

  test("a loss that is no scalar is refused", () => {
    expect(() => gradient(x, [x])).toThrow(
      "gradient needs a scalar loss of shape []; got [2]. Use reduceSum or reduceMean.",
    );
  });

  test("a value that the loss does not depend on is named by its place", () => {
    expect(() => gradient(ops.reduceSum(x), [x, input("other", [2])])).toThrow(
      "the loss does not depend on value 1 of wrt, or only through operations without a gradient. Leave it out.",
    );
  });

  test("stopGradient cuts: what depends only through it does not depend", () => {
    const stopped = ops.stopGradient(x);
    expect(() => gradient(ops.reduceSum(ops.mul(stopped, stopped)), [x])).toThrow(
      "only through operations without a gradient",
    );
  });

  test("a rule that gives another shape is blamed by name", () => {
    const Faulty = defineOp({
      name: "Faulty",
      infer: ([only]) => only!,
      vjp: ({ ops: all }) => [() => all.reshape(constant(tensor([1, 2, 3])), [3, 1])],
      meaning: ([only]) => only!,
    });
    expect(() => gradient(ops.reduceSum(apply(Faulty, [x], {})), [x])).toThrow(
      "gradient rule of Faulty gave",
    );
  });
});

test("gradients are ordinary graphs: the numbers come from feeds", () => {
  const x = input("x", [3]);
  const [g] = gradient(ops.reduceSum(ops.exp(x)), [x]);
  const { y } = evaluate(createGraph({ y: g! }), { x: denseOf(tensor([0, 0, 0])) });
  expect([...y.data]).toEqual([1, 1, 1]);
});
