import { describe, expect, test } from "vitest";
import type { Mask } from "../../src/image/mask.ts";
import type { Raster } from "../../src/image/raster.ts";
import { relativeGramLoss } from "../../src/losses/gram.ts";
import { divided, regionTerms, styleLossAmong } from "../../src/methods/regions.ts";
import { tinyEncoder } from "../encoders/tinyEncoder.ts";
import { picture } from "../pictures.ts";

const size = { width: 8, height: 4 };

const maskBy = (weight: (x: number) => number, { width, height } = size): Mask => ({
  ...{ width, height },
  data: Float32Array.from({ length: width * height }, (_, i) => weight(i % width)),
});

const criterion = {
  features: [
    {
      ...{ name: "style", weight: 7, loss: relativeGramLoss },
      layers: { relu1_1: 0.5, relu2_1: 2 },
    },
  ],
  image: [],
};

function termsOf(masks: readonly Mask[], photo: Raster = picture(size, 1)) {
  return regionTerms(criterion, {
    ...{ encoder: tinyEncoder(), photo, styles: ["rest"] },
    regions: masks.map((mask, i) => ({ mask, styles: [`painting ${i + 1}`] })),
  });
}

describe("masks", () => {
  test("share what they both cover in their proportions, and leave the rest", () => {
    const first = maskBy((x) => (x < 4 ? 1 : 0.25));
    const second = maskBy((x) => (x < 2 ? 1 : x < 4 ? 0.5 : 0.25));
    const { masks, rest } = divided([first, second], size);
    const row = ({ data }: Mask) =>
      [...data.subarray(0, 8)].map((weight) => Number(weight.toFixed(4)));
    expect(row(masks[0]!)).toEqual([0.5, 0.5, 0.6667, 0.6667, 0.25, 0.25, 0.25, 0.25]);
    expect(row(masks[1]!)).toEqual([0.5, 0.5, 0.3333, 0.3333, 0.25, 0.25, 0.25, 0.25]);
    expect(row(rest)).toEqual([0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5]);
  });

  test("of another size are brought to the picture's", () => {
    const { masks } = divided([maskBy((x) => Number(x < 8), { width: 16, height: 8 })], size);
    expect(masks[0]).toEqual(maskBy((x) => Number(x < 4)));
  });

  test("of eight bits that complete each other leave nothing", () => {
    const level = (x: number): number => Math.floor(32 * x) / 255;
    const { rest } = divided([maskBy(level), maskBy((x) => 1 - level(x) - 1 / 255)], size);
    expect(rest.data.every((weight) => weight === 0)).toBe(true);
  });
});

describe("style terms", () => {
  test("stay as they are without regions", () => {
    const { criterion: found, styleTerms } = termsOf([]);
    expect(found).toBe(criterion);
    expect(styleTerms).toEqual([
      { term: criterion.features[0], styles: ["rest"], region: undefined },
    ]);
  });

  test("count by their share of the area, that of the rest among them", () => {
    const { criterion: found, styleTerms, leftOut } = termsOf([maskBy((x) => Number(x < 2))]);
    expect(leftOut).toEqual([]);
    expect(styleTerms.map(({ styles }) => styles)).toEqual([["painting 1"], ["rest"]]);
    expect(styleTerms.map(({ region }) => region)).toEqual([1, undefined]);
    expect(found.features.map(({ name, weight, layers }) => ({ name, weight, layers }))).toEqual([
      { name: "style of region 1", weight: 7, layers: { relu1_1: 0.125, relu2_1: 0.5 } },
      { name: "style", weight: 7, layers: { relu1_1: 0.375, relu2_1: 1.5 } },
    ]);
  });

  test("leave out layers at which a region is too small, and say so", () => {
    const dot = maskBy((x) => Number(x < 2));
    dot.data.fill(0, 2);
    const { criterion: found, leftOut } = termsOf([dot]);
    expect(Object.keys(found.features[0]!.layers)).toEqual(["relu1_1"]);
    expect(leftOut).toEqual([{ region: 1, layer: "relu2_1" }]);
  });

  test("do not see what is transparent in the photo", () => {
    const alpha = maskBy((x) => Number(x < 4)).data;
    const photo = { ...picture(size, 1), alpha };
    expect(termsOf([], photo).criterion.features[0]!.guide!.data).toEqual(alpha);
    const { styleTerms } = termsOf([maskBy((x) => Number(x < 6))], photo);
    // Nothing is left for the rest but what is transparent.
    expect(styleTerms.map(({ styles }) => styles)).toEqual([["painting 1"]]);
    expect(styleTerms[0]!.term.guide!.data).toEqual(alpha);
    expect(styleTerms[0]!.term.layers).toEqual({ relu1_1: 0.5, relu2_1: 2 });
  });

  test("are one loss to whoever looks on", () => {
    const losses = { content: 5, style: 1, "style of region 1": 2, "style of region 2": 3 };
    expect(styleLossAmong(losses)).toBe(6);
  });
});
