import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDims,
  equalDims,
  equalShapes,
  evaluateDim,
  floorDivDim,
  formatShape,
  isStatic,
  mulDims,
  symbol,
  type Dim,
} from "../../src/tensor/dim.ts";

const [h, w] = [symbol("h"), symbol("w")];

/** An expression as a size and, independently, as a function of numbers. */
interface Expression {
  readonly dim: Dim;
  readonly at: (sizes: { h: number; w: number }) => number;
}

const sizes = fc.record({ h: fc.integer({ min: 1, max: 99 }), w: fc.integer({ min: 1, max: 99 }) });

const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const part = tie("expression");
  return {
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant<Expression>({ dim: h, at: (known) => known.h }),
      fc.constant<Expression>({ dim: w, at: (known) => known.w }),
      fc.integer({ min: -5, max: 9 }).map((n): Expression => ({ dim: n, at: () => n })),
      fc.tuple(part, part).map(([a, b]): Expression => ({
        dim: addDims(a.dim, b.dim),
        at: (known) => a.at(known) + b.at(known),
      })),
      fc.tuple(part, part).map(([a, b]): Expression => ({
        dim: mulDims(a.dim, b.dim),
        at: (known) => a.at(known) * b.at(known),
      })),
      fc.tuple(part, fc.integer({ min: 1, max: 6 })).map(([a, divisor]): Expression => ({
        dim: floorDivDim(a.dim, divisor),
        at: (known) => Math.floor(a.at(known) / divisor),
      })),
    ),
  };
});

describe("arithmetic", () => {
  test("means what it means for numbers", () => {
    fc.assert(
      fc.property(expression, sizes, ({ dim, at }, known) => {
        // Adding 0 turns -0, which sizes do not distinguish, into 0.
        expect(evaluateDim(dim, known) + 0).toBe(at(known) + 0);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  test("has one form for sums and products in any order and grouping", () => {
    fc.assert(
      fc.property(expression, expression, expression, ({ dim: a }, { dim: b }, { dim: c }) => {
        expect(equalDims(addDims(a, b), addDims(b, a))).toBe(true);
        expect(equalDims(addDims(addDims(a, b), c), addDims(a, b, c))).toBe(true);
        expect(equalDims(mulDims(a, b), mulDims(b, a))).toBe(true);
        expect(equalDims(mulDims(mulDims(a, b), c), mulDims(a, b, c))).toBe(true);
        const product = mulDims(addDims(a, b), c);
        expect(equalDims(product, addDims(mulDims(a, c), mulDims(b, c)))).toBe(true);
        expect(equalDims(addDims(a, mulDims(a, -1)), 0)).toBe(true);
      }),
      { seed: 2 },
    );
  });

  test("takes whole multiples out of a division", () => {
    fc.assert(
      fc.property(
        expression,
        expression,
        fc.integer({ min: 1, max: 6 }),
        ({ dim: a }, { dim: b }, divisor) => {
          const sum = addDims(mulDims(a, divisor), b);
          expect(equalDims(floorDivDim(sum, divisor), addDims(a, floorDivDim(b, divisor)))).toBe(
            true,
          );
        },
      ),
      { seed: 3 },
    );
  });
});

describe("equality", () => {
  test("floor((2h + 3) / 2) is h + 1", () => {
    expect(equalDims(floorDivDim(addDims(mulDims(2, h), 3), 2), addDims(h, 1))).toBe(true);
  });

  test("a convolution of stride 2 has one size however it was padded", () => {
    // Dumoulin and Visin 2016, relationship 6: floor((h + before + after - kernel) / stride) + 1.
    const convolved = (kernel: number, before: number, after: number): Dim =>
      addDims(floorDivDim(addDims(h, before + after - kernel), 2), 1);
    const sizesOf = [
      convolved(3, 1, 1),
      convolved(3, 0, 2),
      convolved(4, 1, 2),
      convolved(9, 4, 4),
    ];
    for (const size of sizesOf) expect(String(size)).toBe("floor((h+1)/2)");
  });

  test("halving twice is a division by 4", () => {
    expect(equalDims(floorDivDim(floorDivDim(h, 2), 2), floorDivDim(h, 4))).toBe(true);
    const up = floorDivDim(addDims(floorDivDim(addDims(h, 1), 2), 1), 2);
    expect(equalDims(up, floorDivDim(addDims(h, 3), 4))).toBe(true);
  });

  test("quotients are in lowest terms: floor((2h + 3) / 4) is floor((h + 1) / 2)", () => {
    const quotient = floorDivDim(addDims(mulDims(2, h), 3), 4);
    expect(equalDims(quotient, floorDivDim(addDims(h, 1), 2))).toBe(true);
  });

  test("different sizes are not equal", () => {
    expect(equalDims(h, w)).toBe(false);
    expect(equalDims(h, 3)).toBe(false);
    expect(equalDims(mulDims(2, floorDivDim(h, 2)), h)).toBe(false);
  });

  test("shapes are equal if their ranks and all sizes are", () => {
    expect(equalShapes([1, h, addDims(w, 1)], [1, h, addDims(1, w)])).toBe(true);
    expect(equalShapes([1, h], [1, h, 1])).toBe(false);
    expect(equalShapes([1, h], [1, w])).toBe(false);
  });
});

test("what cancels out is a plain number again", () => {
  expect(addDims(h, 2, mulDims(-1, h))).toBe(2);
  expect(mulDims(h, 0)).toBe(0);
  expect(isStatic([1, addDims(h, mulDims(h, -1))])).toBe(true);
  expect(isStatic([1, h])).toBe(false);
});

test("sizes print as a person would write them", () => {
  const area = mulDims(h, w);
  const shape = [1, addDims(mulDims(2, h), -1), floorDivDim(addDims(w, 1), 2), area];
  expect(formatShape(shape)).toBe("[1, 2*h-1, floor((w+1)/2), h*w]");
});

test("a named size that is not known is an error that lists those that are", () => {
  expect(() => evaluateDim(addDims(h, w), { w: 3 })).toThrow('size "h" is not known; known: w.');
  expect(() => evaluateDim(h, {})).toThrow("known: none.");
});
