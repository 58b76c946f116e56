import { expect, test } from "vitest";
import type { Mask } from "../../src/image/mask.ts";
import { gramLoss } from "../../src/losses/gram.ts";
import { smallParts, warningsOf } from "../../src/methods/smallParts.ts";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { picture } from "../pictures.ts";

const size = { width: 64, height: 64 };
const layers = { relu1_1: 1, relu2_1: 1 };
const plan = {
  criterion: { features: [{ name: "style", weight: 1, layers, loss: gramLoss }], image: [] },
  stages: [16, 32, 64].map((longSide) => ({ longSide, iterations: 1 })),
};
const [content, painting] = [picture(size, 1), picture(size, 2)];

/** White in the upper left corner. */
const corner = (side: number): Mask => ({
  ...size,
  data: Float32Array.from({ length: 64 * 64 }, (_, i) =>
    Number(i % 64 < side && Math.floor(i / 64) < side),
  ),
});
const all: Mask = { ...size, data: new Float32Array(64 * 64).fill(1) };

function warnings(mask: Mask, opaque: Mask = all, first?: number): string[] {
  const seen = { picture: { ...painting, alpha: opaque.data }, weight: 1 };
  const options = {
    ...{ plan, content, encoder: tinyEncoder() },
    styles: [{ picture: painting, weight: 1 }],
    regions: [{ mask, styles: [seen] }],
  };
  return warningsOf(smallParts(options, first));
}

test("a region is warned about once, with the largest size at which each layer leaves it out", () => {
  // 4 of 64 px are one position of the first layer at 16 px, and one of the second at 32 px.
  expect(warnings(corner(4))).toEqual([
    "region 1 is too small for relu1_1 up to 16 px, relu2_1 up to 32 px: its style is not compared there.",
  ]);
  expect(warnings(corner(4), all, 2)).toEqual([]);
  expect(warnings(corner(16))).toEqual([]);
});

test("so is what regions leave", () => {
  const most = { ...size, data: corner(4).data.map((weight) => 1 - weight) };
  expect(warnings(most)).toEqual([
    "what no region covers is too small for relu1_1 up to 16 px, relu2_1 up to 32 px: its style is not compared there.",
  ]);
});

test("so is what is opaque of a painting", () => {
  expect(warnings(corner(32), corner(4))).toEqual([
    "what is opaque of the painting of region 1 is too small for relu1_1 up to 16 px, relu2_1 up to 32 px: it has no more than a colour there.",
  ]);
  const few = { picture: { ...painting, alpha: corner(2).data }, weight: 1 };
  const options = { plan, content, encoder: tinyEncoder(), styles: [few] };
  expect(warningsOf(smallParts(options))).toEqual([
    "what is opaque of painting 1 is too small for relu1_1 up to 32 px, relu2_1 up to 64 px: it has no more than a colour there.",
  ]);
});

test("nothing is said where everything is seen", () => {
  const options = { plan, content, encoder: tinyEncoder() };
  expect(smallParts({ ...options, styles: [{ picture: painting, weight: 1 }] })).toEqual([]);
});
