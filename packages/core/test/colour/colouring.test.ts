import { describe, expect, test } from "vitest";
import { meanChroma } from "../../src/colour/report.ts";
import { colourMoments, gaussianDistance } from "../../src/colour/moments.ts";
import { toOklab } from "../../src/colour/oklab.ts";
import type { Raster } from "../../src/image/raster.ts";
import {
  colouringOf,
  recoloured,
  settleColours,
  type ColourChoice,
} from "../../src/colour/colouring.ts";
import { chromaDistance } from "./chromaDistance.ts";
import { picture } from "../pictures.ts";

const size = { width: 30, height: 20 };
/** Colours in the middle of the gamut, so that nothing is clipped. */
const calm = (raster: Raster, red: number): Raster => ({
  ...raster,
  data: raster.data.map((value, i) => 0.5 + (i < 600 ? red : 0) + 0.3 * (value - 0.5)),
});
const photo = calm(picture(size, 2), 0.1);
const painting = calm(picture({ width: 24, height: 36 }, 3), -0.1);
const result = calm(picture(size, 4), -0.15);

const distance = (a: Raster, b: Raster): number =>
  gaussianDistance(colourMoments(a, "oklab"), colourMoments(b, "oklab"));

describe("what is left open", () => {
  test.each<[ColourChoice, ColourChoice]>([
    [{}, { preserveColor: "none", palette: 0 }],
    [{ palette: 0 }, { preserveColor: "none", palette: 0 }],
    [{ palette: 0.4 }, { preserveColor: "match", palette: 0.4 }],
    [{ preserveColor: "chroma" }, { preserveColor: "chroma", palette: 1 }],
    [
      { preserveColor: "luminance", palette: 0 },
      { preserveColor: "luminance", palette: 0 },
    ],
  ])("of %o becomes %o", (given, expected) => {
    const settled = settleColours(given);
    expect(settled).toEqual({ colorMatching: "sym", ...expected });
    expect(settleColours(settled)).toEqual(settled);
  });

  test("a palette without a way to keep colours is refused", () => {
    expect(() => settleColours({ preserveColor: "none", palette: 0.5 })).toThrow(
      "a palette of 0.5 keeps the photo's colours, and none are to be preserved. Choose luminance, match or chroma, or a palette of 0.",
    );
  });
});

describe("around an optimisation", () => {
  const by = (choice: ColourChoice) => colouringOf(settleColours(choice), photo);

  test.each([{}, { preserveColor: "luminance", palette: 0 }] as const)(
    "%o changes nothing",
    (choice) => {
      const colouring = by(choice);
      expect(colouring.photo(photo)).toBe(photo);
      expect(colouring.painting(painting)).toBe(painting);
      expect(colouring.finish(result)).toBe(result);
    },
  );

  test.each(["sym", "pca", "cholesky"] as const)(
    "match gives paintings the photo's colours, %s",
    (colorMatching) => {
      const colouring = by({ preserveColor: "match", colorMatching });
      const seen = colouring.painting(painting);
      const [a, b] = [colourMoments(seen), colourMoments(photo)];
      for (const [i, value] of a.mean.entries()) expect(value).toBeCloseTo(b.mean[i]!, 4);
      for (const [i, value] of a.covariance.entries())
        expect(value).toBeCloseTo(b.covariance[i]!, 4);
      expect(colouring.photo(photo)).toBe(photo);
      expect(colouring.finish(result)).toBe(result);
    },
  );

  test("luminance shows photo and painting in grey, and the result in the photo's chroma", () => {
    const colouring = by({ preserveColor: "luminance" });
    expect(meanChroma(colouring.photo(photo))).toBeLessThan(1e-3);
    expect(meanChroma(colouring.painting(painting))).toBeLessThan(1e-3);
    const chroma = (raster: Raster): Float32Array => toOklab(raster).subarray(600);
    const finished = chroma(colouring.finish(result));
    for (const [i, value] of chroma(photo).entries()) expect(finished[i]).toBeCloseTo(value, 4);
  });

  test("chroma changes only the result", () => {
    const colouring = by({ preserveColor: "chroma" });
    expect(colouring.photo(photo)).toBe(photo);
    expect(colouring.painting(painting)).toBe(painting);
    const finished = colouring.finish(result);
    expect(chromaDistance(finished, photo)).toBeLessThan(0.3 * chromaDistance(result, photo));
  });
});

describe("after a network", () => {
  test.each(["luminance", "match", "chroma"] as const)(
    "%s comes nearer to the photo's colours the larger the palette",
    (preserveColor) => {
      const at = (palette: number): Raster =>
        recoloured(result, photo, settleColours({ preserveColor, palette }));
      expect(at(0)).toBe(result);
      const distances = [0, 0.3, 0.7, 1].map((palette) => chromaDistance(at(palette), photo));
      expect(distances).toEqual([...distances].sort((a, b) => b - a));
      expect(distances[3]).toBeLessThan(0.3 * distances[0]!);
    },
  );

  test("match has mean and covariance of the photo, whatever was painted", () => {
    const made = recoloured(result, photo, settleColours({ preserveColor: "match" }));
    expect(distance(made, photo)).toBeLessThan(0.01);
  });

  test("none is what was painted", () => {
    expect(recoloured(result, photo, settleColours({}))).toBe(result);
  });
});
