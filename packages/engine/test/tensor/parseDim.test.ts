import fc from "fast-check";
import { expect, test } from "vitest";
import { addDims, floorDivDim, mulDims, symbol, type Dim } from "../../src/tensor/dim.ts";
import { parseDim } from "../../src/tensor/parseDim.ts";

const dim: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom("h", "w", "batch_1").map(symbol)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => addDims(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => mulDims(a, b)),
    fc
      .tuple(tie("dim"), fc.integer({ min: 2, max: 5 }))
      .map(([a, divisor]) => floorDivDim(a, divisor)),
  ),
})).dim;

test("every size comes back from its text", () => {
  fc.assert(
    fc.property(
      dim.filter((size) => String(size).length <= 200),
      (size) => {
        expect(parseDim(String(size))).toEqual(size);
      },
    ),
    { seed: 1 },
  );
});

test("expressions are brought to their canonical form", () => {
  expect(String(parseDim("h+h-1*w+3"))).toBe("2*h-1*w+3");
  expect(String(parseDim("-h"))).toBe("-1*h");
  expect(String(parseDim("floor((2*h+1)/2)"))).toBe("h");
});

test.each([
  "",
  "batch size",
  "h+",
  "h*",
  "*h",
  "floor((h)/0)",
  "floor((h/2)",
  "h/2",
  "2h",
  "h w",
  "ü",
])("%j is no size", (text) => {
  expect(parseDim(text)).toBeUndefined();
});

test("no text is long enough to exhaust the stack", () => {
  expect(parseDim(`${"floor((".repeat(1e5)}h${")/2)".repeat(1e5)}`)).toBeUndefined();
});
