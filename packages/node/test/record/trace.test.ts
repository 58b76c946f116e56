import { expect, test } from "vitest";
import { formatTrace, traceFormatOf } from "../../src/record/trace.ts";

const record = {
  iteration: 0,
  scale: 64,
  seconds: 1.5,
  totalLoss: 6,
  contentLoss: 1,
  styleLoss: 2,
  tvLoss: 0.25,
  pixelLoss: 0.5,
  detailLoss: 0,
  dreamLoss: -0.75,
  gradientNorm: 1e-7,
};

test("a JSON trace is an array of records", () => {
  const text = formatTrace([record, { ...record, iteration: 1 }], "json");
  expect(JSON.parse(text)).toEqual([record, { ...record, iteration: 1 }]);
});

test("a CSV trace has a line of names and one line a record", () => {
  expect(formatTrace([record], "csv")).toBe(
    "iteration,scale,seconds,totalLoss,contentLoss,styleLoss,tvLoss,pixelLoss,detailLoss,dreamLoss,gradientNorm\n0,64,1.5,6,1,2,0.25,0.5,0,-0.75,1e-7\n",
  );
});

test("the extension picks the format, whatever its case", () => {
  expect(traceFormatOf("a/b.JSON")).toBe("json");
  expect(traceFormatOf("b.csv")).toBe("csv");
  expect(() => traceFormatOf("b")).toThrow("expected a name that ends in .json or .csv");
});
