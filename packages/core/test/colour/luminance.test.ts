import { describe, expect, test } from "vitest";
import {
  greyOf,
  luminanceOnly,
  putBackChroma,
  transferLuminance,
  withChroma,
} from "../../src/colour/luminance.ts";
import { colourMoments } from "../../src/colour/moments.ts";
import { toOklab } from "../../src/colour/oklab.ts";
import type { Raster } from "../../src/image/raster.ts";
import { picture } from "../pictures.ts";

const size = { width: 24, height: 18 };
const area = 24 * 18;
const result = picture(size, 1);
const photo = picture(size, 2);
/** Little chroma, so that no colour leaves the gamut. */
const pale: Raster = {
  ...photo,
  data: photo.data.map((value, i) => 0.5 + (0.15 - 0.05 * Math.floor(i / area)) * (value - 0.5)),
};
const muted: Raster = { ...result, data: result.data.map((value) => 0.3 + 0.4 * value) };

const plane = (raster: Raster, index: number): Float32Array =>
  toOklab(raster).subarray(index * area, (index + 1) * area);
const largestDifference = (a: Float32Array, b: Float32Array): number =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe.each([
  { name: "luminance only", make: luminanceOnly },
  { name: "chroma put back", make: (a: Raster, b: Raster) => putBackChroma(a, b) },
])("$name", ({ make }) => {
  test("keeps the result's luminance within 1/255, even where the photo's colours do not fit", () => {
    const vivid = { ...photo, data: photo.data.map((value) => Math.round(value)) };
    const made = make(result, vivid);
    expect(largestDifference(plane(made, 0), plane(result, 0))).toBeLessThan(1 / 255);
    expect(made.data.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  test("keeps the result's transparency and takes a larger photo", () => {
    const alpha = new Float32Array(area).fill(0.25);
    const made = make({ ...result, alpha }, picture({ width: 48, height: 36 }, 2));
    expect(made.alpha).toBe(alpha);
    expect(made).toMatchObject(size);
  });

  test("refuses a photo of other proportions", () => {
    expect(() => make(result, picture({ width: 30, height: 18 }, 2))).toThrow(
      "the photo of 30×18 px has not the proportions of the picture, 24×18 px",
    );
  });
});

test("luminance only has the photo's chroma where every colour fits: pixels, mean, covariance", () => {
  const made = luminanceOnly(muted, pale);
  expect(largestDifference(plane(made, 1), plane(pale, 1))).toBeLessThan(1e-5);
  expect(largestDifference(plane(made, 2), plane(pale, 2))).toBeLessThan(1e-5);
  const [a, b] = [colourMoments(made, "oklab"), colourMoments(pale, "oklab")];
  for (const i of [1, 2]) expect(a.mean[i]).toBeCloseTo(b.mean[i]!, 6);
  for (const i of [4, 5, 8]) expect(a.covariance[i]).toBeCloseTo(b.covariance[i]!, 6);
});

test("a colour that does not fit is paled at its own hue", () => {
  const dark = { width: 1, height: 1, data: Float32Array.of(0.1, 0.1, 0.1) };
  const yellow = { width: 1, height: 1, data: Float32Array.of(1, 1, 0) };
  const [, a, b] = toOklab(luminanceOnly(dark, yellow));
  const [, a2, b2] = toOklab(yellow);
  expect(Math.atan2(b!, a!)).toBeCloseTo(Math.atan2(b2!, a2!), 2);
  expect(Math.hypot(a!, b!)).toBeLessThan(0.5 * Math.hypot(a2!, b2!));
});

describe("smoothed chroma", () => {
  test("without passes is luminance only", () => {
    expect(putBackChroma(result, photo, { passes: 0 })).toEqual(luminanceOnly(result, photo));
    expect(() => putBackChroma(result, photo, { passes: 1.5 })).toThrow(
      "passes: expected a whole number from 0, got 1.5.",
    );
  });

  test("is the weighted mean of the neighbours, by hand", () => {
    // A line of three greys; the photo's middle alone is coloured.
    const line = (...rgb: number[]): Raster => ({
      width: 3,
      height: 1,
      data: Float32Array.from(rgb),
    });
    const shades = line(0.4, 0.5, 0.7, 0.4, 0.5, 0.7, 0.4, 0.5, 0.7);
    const spot = line(0.5, 0.54, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5);
    const [l, made] = [toOklab(shades), toOklab(putBackChroma(shades, spot, { passes: 1 }))];
    const weight = (i: number): number => Math.exp(-10 * Math.abs(l[i]! - l[1]!));
    const a = toOklab(spot)[4]!;
    expect(made[3]).toBeCloseTo((a * weight(0)) / (1 + weight(0)), 5);
    expect(made[4]).toBeCloseTo(a / (1 + weight(0) + weight(2)), 5);
    expect(made[5]).toBeCloseTo((a * weight(2)) / (1 + weight(2)), 5);
  });
});

describe("luminance transfer", () => {
  test("gives a grey painting with the photo's mean and deviation of luminance", () => {
    const made = transferLuminance(result, pale);
    const [a, b] = [colourMoments(made, "oklab"), colourMoments(pale, "oklab")];
    expect(a.mean[0]).toBeCloseTo(b.mean[0], 5);
    expect(a.covariance[0]).toBeCloseTo(b.covariance[0], 6);
    expect(
      largestDifference(made.data.subarray(0, area), made.data.subarray(area, 2 * area)),
    ).toBeLessThan(1e-6);
  });

  test("of a painting of one shade is the photo's mean shade", () => {
    const flat = { ...size, data: new Float32Array(3 * area).fill(0.25) };
    const made = transferLuminance(flat, photo);
    expect(colourMoments(made, "oklab").mean[0]).toBeCloseTo(
      colourMoments(photo, "oklab").mean[0],
      5,
    );
  });

  test("grey keeps luminance, and luminance only of a grey photo is grey", () => {
    expect(largestDifference(plane(greyOf(photo), 0), plane(photo, 0))).toBeLessThan(1e-5);
    const made = luminanceOnly(result, greyOf(photo));
    expect(largestDifference(made.data, greyOf(result).data)).toBeLessThan(1e-5);
  });
});

describe("a share", () => {
  const share = 0.3;
  const at = (part: number, i: number, mixed: (own: number, photos: number) => number): number =>
    mixed(plane(muted, part)[i]!, plane(pale, part)[i]!);

  test.each([
    ["luminance only", luminanceOnly],
    ["chroma put back", putBackChroma],
  ])("of 0 leaves the picture as it is, by %s", (_, make) => {
    const made = make(result, photo, { share: 0 });
    expect(largestDifference(made.data, result.data)).toBeLessThan(1e-5);
  });

  test("mixes the chroma of both, by hand", () => {
    const made = luminanceOnly(muted, pale, { share });
    for (const part of [1, 2])
      for (const [i, value] of plane(made, part).entries())
        expect(value).toBeCloseTo(
          at(part, i, (own, photos) => 0.7 * own + 0.3 * photos),
          5,
        );
  });

  test("of grey takes so much of the chroma away", () => {
    const made = greyOf(muted, { share });
    expect(largestDifference(plane(made, 0), plane(muted, 0))).toBeLessThan(1e-5);
    for (const part of [1, 2])
      expect(
        largestDifference(
          plane(made, part),
          plane(muted, part).map((value) => 0.7 * value),
        ),
      ).toBeLessThan(1e-5);
  });

  test("of luminance goes so far from the painting's to the photo's", () => {
    const [none, some, all] = [0, share, 1].map(
      (s) => colourMoments(transferLuminance(muted, pale, { share: s }), "oklab").mean[0],
    );
    expect(none).toBeCloseTo(colourMoments(muted, "oklab").mean[0], 5);
    expect(some).toBeCloseTo(none! + share * (all! - none!), 5);
  });

  test("below 1 puts so much of the photo's chroma on top; 1 leaves nothing of the picture's", () => {
    const some = withChroma(muted, pale, { share });
    for (const [i, value] of plane(some, 1).entries())
      expect(value).toBeCloseTo(
        at(1, i, (own, photos) => own + 0.3 * photos),
        5,
      );
    expect(withChroma(muted, pale)).toEqual(luminanceOnly(muted, pale));
  });

  test("is from 0 to 1", () => {
    for (const call of [
      () => luminanceOnly(result, photo, { share: 1.5 }),
      () => putBackChroma(result, photo, { share: -1 }),
      () => greyOf(photo, { share: NaN }),
      () => transferLuminance(result, photo, { share: 2 }),
      () => withChroma(result, photo, { share: -0.1 }),
    ])
      expect(call).toThrow(/^share: expected a number from 0 to 1, got /);
  });
});
