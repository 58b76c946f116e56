import { describe, expect, it, test } from "vitest";
import { encodeSrgb, isSrgb, parseMatrixProfile } from "../../src/media/iccProfile.ts";
import { curv, iccProfile, para, xyz } from "./iccFixture.ts";

/** sRGB's colorants and curve as in the profile of the International Color Consortium (sRGB2014). */
const SRGB = {
  rXYZ: xyz(0.43607, 0.22249, 0.01392),
  gXYZ: xyz(0.38515, 0.71687, 0.09708),
  bXYZ: xyz(0.14307, 0.06061, 0.7141),
};
const SRGB_CURVE = para(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045);

const BLACK_COLORANTS = { rXYZ: xyz(0, 0, 0), gXYZ: xyz(0, 0, 0), bXYZ: xyz(0, 0, 0) };

function rgbProfile(curve: Buffer, more: Readonly<Record<string, Buffer>> = {}) {
  return iccProfile("RGB ", { ...SRGB, rTRC: curve, gTRC: curve, bTRC: curve, ...more });
}

function curveOf(tag: Buffer) {
  return parseMatrixProfile(iccProfile("GRAY", { kTRC: tag }))!.curves[0];
}

describe("parseMatrixProfile", () => {
  // s15Fixed16 parameters are off by up to 2^-17; powers and products of a few of them by 1e-4.
  const FIXED = 4;

  test.each([
    { name: "curv without entries is linear", tag: curv(), at: 0.3, expected: 0.3 },
    { name: "curv with one entry is a gamma", tag: curv(448), at: 0.3, expected: 0.3 ** 1.75 },
    { name: "para 0 is a gamma", tag: para(0, 2.2), at: 0.3, expected: 0.3 ** 2.2 },
    {
      name: "para 1 above its threshold",
      tag: para(1, 2, 0.75, -0.25),
      at: 0.5,
      expected: 0.125 ** 2,
    },
    { name: "para 1 below its threshold", tag: para(1, 2, 0.75, -0.25), at: 0.3, expected: 0 },
    {
      name: "para 2 above its threshold",
      tag: para(2, 2, 0.75, -0.25, 0.1),
      at: 0.5,
      expected: 0.125 ** 2 + 0.1,
    },
    {
      name: "para 2 below its threshold",
      tag: para(2, 2, 0.75, -0.25, 0.1),
      at: 0.3,
      expected: 0.1,
    },
    {
      name: "para 3 above its threshold",
      tag: SRGB_CURVE,
      at: 0.5,
      expected: ((0.5 + 0.055) / 1.055) ** 2.4,
    },
    { name: "para 3 below its threshold", tag: SRGB_CURVE, at: 0.04, expected: 0.04 / 12.92 },
    {
      name: "para 4 above its threshold",
      tag: para(4, 2, 0.9, 0.1, 0.2, 0.25, 0.05, 0.01),
      at: 0.5,
      expected: 0.55 ** 2 + 0.05,
    },
    {
      name: "para 4 below its threshold",
      tag: para(4, 2, 0.9, 0.1, 0.2, 0.25, 0.05, 0.01),
      at: 0.2,
      expected: 0.2 * 0.2 + 0.01,
    },
  ])("$name", ({ tag, at, expected }) => {
    expect(curveOf(tag)(at)).toBeCloseTo(expected, FIXED);
  });

  it("interpolates a curv table, and meets its entries at both ends", () => {
    const curve = curveOf(curv(0, 10_000, 65_535));
    expect(curve(0)).toBe(0);
    expect(curve(0.25)).toBeCloseTo(5_000 / 65_535, 12);
    expect(curve(0.75)).toBeCloseTo((10_000 + 65_535) / 2 / 65_535, 12);
    expect(curve(1)).toBe(1);
  });

  it("gives linear Display P3 the published matrix to linear sRGB", () => {
    // Colorants and matrix from the matrices of CSS Color 4, section 17.
    const { toLinearSrgb } = parseMatrixProfile(
      iccProfile("RGB ", {
        rXYZ: xyz(0.515146, 0.2412, -0.00105),
        gXYZ: xyz(0.29201, 0.692223, 0.041878),
        bXYZ: xyz(0.157139, 0.066577, 0.784276),
        rTRC: SRGB_CURVE,
        gTRC: SRGB_CURVE,
        bTRC: SRGB_CURVE,
      }),
    )!;
    const published = [
      [1.22494, -0.22494, 0],
      [-0.04206, 1.04206, 0],
      [-0.01964, -0.07864, 1.09827],
    ];
    // Colorants have steps of 2^-16; XYZ to linear sRGB multiplies half a step by up to 5.
    const COLORANT_ROUNDING = 4e-5;
    published.forEach((row, i) => {
      row.forEach((factor, j) => {
        expect(Math.abs(toLinearSrgb[i]![j]! - factor)).toBeLessThan(COLORANT_ROUNDING);
      });
    });
  });

  it("keeps white white and greys grey, however the profile rounds D50", () => {
    const { toLinearSrgb } = parseMatrixProfile(
      rgbProfile(SRGB_CURVE, { bXYZ: xyz(0.143, 0.0607, 0.716) }),
    )!;
    for (const row of toLinearSrgb) expect(row[0] + row[1] + row[2]).toBeCloseTo(1, 12);
  });

  test.each([
    { name: "nothing", icc: Buffer.alloc(0) },
    { name: "no profile", icc: Buffer.alloc(500, "text ") },
    { name: "one that is cut off", icc: rgbProfile(SRGB_CURVE).subarray(0, 300) },
    { name: "one with a missing curve", icc: iccProfile("RGB ", { ...SRGB, rTRC: SRGB_CURVE }) },
    { name: "one with a colour table", icc: rgbProfile(SRGB_CURVE, { A2B0: Buffer.alloc(32) }) },
    { name: "one that connects by Lab", icc: iccProfile("GRAY", { kTRC: curv() }, "Lab ") },
    { name: "a gamma below zero", icc: iccProfile("GRAY", { kTRC: para(0, -1) }) },
    { name: "a gamma of zero", icc: iccProfile("GRAY", { kTRC: curv(0) }) },
    { name: "black colorants", icc: rgbProfile(SRGB_CURVE, BLACK_COLORANTS) },
    { name: "a curve of unknown kind", icc: iccProfile("GRAY", { kTRC: para(9, 1) }) },
  ])("leaves $name to others", ({ icc }) => {
    expect(parseMatrixProfile(icc)).toBeUndefined();
  });

  it("leaves a table that is longer than its tag to others", () => {
    const tag = curv(0, 65_535);
    tag.writeUInt32BE(0xffffffff, 8);
    expect(parseMatrixProfile(iccProfile("GRAY", { kTRC: tag }))).toBeUndefined();
  });
});

describe("isSrgb", () => {
  it("knows sRGB by formula, by table, and in grey", () => {
    const table = Array.from({ length: 1024 }, (_, i) => {
      const x = i / 1023;
      return Math.round(65_535 * (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    });
    for (const profile of [
      rgbProfile(SRGB_CURVE),
      rgbProfile(curv(...table)),
      iccProfile("GRAY", { kTRC: SRGB_CURVE }),
    ]) {
      expect(isSrgb(parseMatrixProfile(profile)!)).toBe(true);
    }
  });

  it("tells gamma 2.2 and other colorants from sRGB", () => {
    expect(isSrgb(parseMatrixProfile(rgbProfile(para(0, 2.2)))!)).toBe(false);
    const wide = rgbProfile(SRGB_CURVE, { rXYZ: xyz(0.51512, 0.2412, -0.00105) });
    expect(isSrgb(parseMatrixProfile(wide)!)).toBe(false);
  });
});

test("encodeSrgb meets the standard's linear and curved parts and clamps", () => {
  expect(encodeSrgb(0.002)).toBeCloseTo(0.02584, 12);
  // 18 % grey is 118 of 255 in sRGB: 1.055 · 0.18^(1/2.4) - 0.055 = 0.46136.
  expect(encodeSrgb(0.18)).toBeCloseTo(0.46136, 5);
  expect(encodeSrgb(-1)).toBe(0);
  expect(encodeSrgb(1.5)).toBe(1);
});
