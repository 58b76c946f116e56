import { describe, expect, test } from "vitest";
import { seededRandom, xoshiro128 } from "../../src/tensor/rng.ts";

function take<T>(count: number, next: () => T): T[] {
  return Array.from({ length: count }, next);
}

describe("xoshiro128", () => {
  test("gives the published outputs for the state 1, 2, 3, 4", () => {
    // Reference code of version 1.1, prng.di.unimi.it/xoshiro128starstar.c, compiled with gcc;
    // the same ten numbers are in the tests of Rust's rand_xoshiro.
    expect(take(10, xoshiro128([1, 2, 3, 4]).nextUint32)).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ]);
  });
});

describe("seededRandom", () => {
  // Reference code of both (prng.di.unimi.it, splitmix64.c and xoshiro128starstar.c), compiled with
  // gcc: state = two outputs of splitmix64, lower halves first. Seed, first six outputs, millionth.
  test.each([
    [0, [3737715805, 2584255861, 2876756834, 3286328325, 1553311962, 1625202774], 847243337],
    [1, [1695105466, 1423115009, 634581793, 1068227753, 716759206, 4186505319], 637055319],
    [42, [1776835114, 4165204688, 17111135, 2317295270, 2792088233, 2554630222], 2277284690],
    [1234567, [1967786208, 270031234, 1115494691, 824886977, 1639868524, 2161081248], 4108525920],
    [-1, [477689756, 2493998634, 555695776, 607808419, 61340979, 301466976], 188398917],
    [
      2 ** 53 - 1,
      [1233166643, 1287031142, 661813442, 2960669951, 2601079046, 1036114921],
      3393696231,
    ],
  ])("follows the reference code for the seed %d", (seed, first, millionth) => {
    const { nextUint32 } = seededRandom(seed);
    expect(take(6, nextUint32)).toEqual(first);
    for (let i = 6; i < 999_999; i++) nextUint32();
    expect(nextUint32()).toBe(millionth);
  });

  test.each([0.5, NaN, 2 ** 53])("refuses the seed %d", (seed) => {
    expect(() => seededRandom(seed)).toThrow(RangeError);
  });
});

describe("uniform", () => {
  test("joins the upper 27 and 26 bits of two outputs to a multiple of 2^-53", () => {
    // From the first two outputs for seed 42: 1776835114 >>> 5 and 4165204688 >>> 6.
    const joined = 55526097n * 2n ** 26n + 65081323n;
    expect(seededRandom(42).uniform()).toBe(Number(joined) / 2 ** 53);
  });

  test("stays in [0, 1) and has mean 1/2 and variance 1/12", () => {
    const n = 100_000;
    const values = take(n, seededRandom(7).uniform);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / n;
    // Four standard errors: sqrt(1/12 / n) and sqrt(1/180 / n).
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / n));
  });
});

describe("normal", () => {
  test("is Box and Muller's pair of two uniforms", () => {
    const uniforms = seededRandom(3);
    const [u, v] = [1 - uniforms.uniform(), uniforms.uniform()];
    const { normal } = seededRandom(3);
    const [x, y] = [normal(), normal()];
    // The transform read backwards: radius gives the first uniform, angle the second.
    expect(Math.exp(-(x ** 2 + y ** 2) / 2)).toBeCloseTo(u, 14);
    expect((Math.atan2(y, x) / (2 * Math.PI) + 1) % 1).toBeCloseTo(v, 14);
  });

  test("has the moments 0, 1, 0, 3 of a normal distribution", () => {
    const n = 100_000;
    const values = take(n, seededRandom(11).normal);
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / n;
    // Var(x^k) = (2k-1)!! - ((k-1)!! for even k)^2: 1, 2, 15, 96. Four standard errors.
    const bound = (variance: number) => 4 * Math.sqrt(variance / n);
    expect(Math.abs(moment(1))).toBeLessThan(bound(1));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(bound(2));
    expect(Math.abs(moment(3))).toBeLessThan(bound(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(bound(96));
  });

  test("fillNormal continues the same stream, scaled and shifted", () => {
    const one = seededRandom(5);
    const other = seededRandom(5);
    one.normal();
    other.normal();
    const filled = new Float64Array(3);
    one.fillNormal(filled, { mean: 10, standardDeviation: 2 });
    expect([...filled]).toEqual(take(3, () => 10 + 2 * other.normal()));
  });
});

describe("integer", () => {
  test("gives every value below the bound equally often", () => {
    const n = 60_000;
    const { integer } = seededRandom(13);
    const counts = new Float64Array(6);
    for (let i = 0; i < n; i++) counts[integer(6)]!++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - n / 6) ** 2 / (n / 6), 0);
    // 99.9 % point of chi-squared with 5 degrees of freedom, from tables.
    expect(chiSquared).toBeLessThan(20.52);
  });

  test("draws again where the modulo would favour small values", () => {
    // Seed 0 starts with 3737715805, 2584255861, 2876756834, 3286328325, 1553311962 (above). Those
    // from 3 * 2^30 = 3221225472 on have no full set of remainders.
    const { integer } = seededRandom(0);
    expect(take(3, () => integer(3 * 2 ** 30))).toEqual([2584255861, 2876756834, 1553311962]);
  });

  test.each([0, -1, 1.5, 2 ** 32 + 1, NaN])("refuses the bound %d", (below) => {
    expect(() => seededRandom(0).integer(below)).toThrow(RangeError);
  });
});
