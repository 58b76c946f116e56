import { describe, expect, test } from "vitest";
import {
  dreamOptions,
  octavesOf,
  settleDream,
  type DreamRecipeOptions,
} from "../../src/dream/options.ts";

const photo = { width: 1600, height: 1200 };
const settled = (options: DreamRecipeOptions = {}, of = photo) =>
  settleDream(dreamOptions.parse(options), of);

describe("what is left open:", () => {
  test("the size is the photo's own, at most 1024 px", () => {
    expect(settled().size).toBe(1024);
    expect(settled({}, { width: 300, height: 700 }).size).toBe(700);
    expect(settled({ size: 2000 }).size).toBe(2000);
  });

  test("the layer is the encoder's; of GoogLeNet that of the first dreams", () => {
    expect(settled({ encoder: "googlenet" }).layers).toEqual({ "inception_4c/output": 1 });
    expect(settled({ encoder: "lite" }).layers).toEqual({ relu5_1: 1 });
  });
});

describe("octaves", () => {
  test("grow by the factor to the size, each with as many steps", () => {
    const sizes = octavesOf(settled({ size: 980, octaveScale: 1.4, iterations: 7 }), photo, 32);
    expect(sizes).toEqual(
      // 980 / 1.4³, 980 / 1.4², 980 / 1.4
      [357, 500, 700, 980].map((longSide) => ({ longSide, iterations: 7 })),
    );
  });

  test("at which the photo is too thin are left out", () => {
    const of = { width: 400, height: 100 };
    const longSides = octavesOf(settled({ size: 400, octaveScale: 2 }, of), of, 32).map(
      ({ longSide }) => longSide,
    );
    expect(longSides).toEqual([200, 400]); // 100 × 25 px, and below, are too thin
  });

  test("a result that is too thin is refused with the size that would do", () => {
    const of = { width: 400, height: 20 };
    expect(() => octavesOf(settled({}, of), of, 32)).toThrow(
      "the picture would be 400×20 px: these layers need both sides to have at least 32. Give a size of 640 or more, or crop the photo.",
    );
    expect(() => octavesOf(settled({ size: 640 }, of), of, 32)).not.toThrow();
  });
});

describe("in one line it is said", () => {
  test.each<[DreamRecipeOptions, string]>([
    [{ layers: {} }, "a dream needs at least one layer; got none."],
    [
      { layers: { relu4_1: 61 } },
      "a weight has no effect on the only layer: expected relu4_1, or relu4_1:CHANNEL:1 for a channel; got relu4_1:61.",
    ],
    [
      { layers: { "relu4_1:6": 2 } },
      "a weight has no effect on the only layer: expected relu4_1:6:1; got relu4_1:6:2.",
    ],
    [
      { layers: { relu4_1: 0 } },
      "layers must be layers with weights above 0, and a channel where one is meant, as in relu4_2,relu5_1:61:0.5; got 0.",
    ],
    [{ octaves: 0 }, "octaves must be a whole number from 1 to 12; got 0."],
    [{ octaveScale: 1 }, "octaveScale must be a number from 1.05 to 4; got 1."],
    [{ jitter: -1 }, "jitter must be a whole number from 0 to 1024; got -1."],
    [{ stepSize: NaN }, "stepSize must be a number from 0.001 to 100; got NaN."],
  ])("what is wrong with %o", (options, message) => {
    expect(() => settled(options)).toThrow(message);
  });

  test.each(["relu4_1:x", ":1", "relu4_1:1:2"])("that %s is no layer or channel", (target) => {
    expect(() => settled({ layers: { [target]: 1 } })).toThrow(/^layers must be layers with/);
  });
});
