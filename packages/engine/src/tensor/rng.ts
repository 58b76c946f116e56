// The one source of randomness. Streams are part of a result: they may never change.

/** Mean and spread of a normal distribution. */
export interface NormalOptions {
  /** Mean, any finite number. Default 0. */
  readonly mean?: number;
  /** Standard deviation, at least 0. Default 1. */
  readonly standardDeviation?: number;
}

/** A stream of pseudo-random numbers. Every function advances the same stream; none needs `this`. */
export interface Rng {
  /** The next integer from 0 to 2^32 - 1, all equally likely. */
  readonly nextUint32: () => number;
  /** A multiple of 2^-53 in [0, 1), all equally likely. Takes two integers. */
  readonly uniform: () => number;
  /**
   * A normally distributed number, mean 0 and standard deviation 1. JavaScript leaves the last bit
   * of logarithm and cosine open, so it may differ between engines (not between platforms of V8).
   */
  readonly normal: () => number;
  /**
   * An integer from 0 to `below` - 1, all equally likely (no modulo bias).
   *
   * @param below - an integer from 1 to 2^32
   * @throws {RangeError} if `below` is anything else
   */
  readonly integer: (below: number) => number;
  /** Fills an array with normally distributed numbers, in order. */
  readonly fillNormal: (target: Float32Array | Float64Array, options?: NormalOptions) => void;
}

/** State of xoshiro128**: four 32-bit integers, not all zero. */
export type Xoshiro128State = readonly [number, number, number, number];

/**
 * Makes a generator whose stream depends on nothing but the seed: {@link xoshiro128}, its state
 * filled with two outputs of SplitMix64 (lower half first, the layout of Rust's rand_xoshiro).
 *
 * @param seed - a safe integer; negative ones count as their 64-bit two's complement
 * @throws {RangeError} if `seed` is not a safe integer
 *
 * Source: prng.di.unimi.it recommends SplitMix64 for seeding and has its reference code.
 */
export function seededRandom(seed: number): Rng {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`seed must be a safe integer; got ${seed}.`);
  }
  const [first, second] = splitMix64(BigInt(seed));
  return xoshiro128([
    lowerHalf(first),
    lowerHalf(first >> 32n),
    lowerHalf(second),
    lowerHalf(second >> 32n),
  ]);
}

/**
 * The generator xoshiro128** 1.1, started from a state.
 *
 * Source: Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47
 * (2021), reference code at prng.di.unimi.it. `uniform` takes 27 and 26 bits as Matsumoto and
 * Nishimura's genrand_res53 does; `normal` is Box and Muller, "A Note on the Generation of Random
 * Normal Deviates" (1958).
 */
export function xoshiro128(state: Xoshiro128State): Rng {
  let [s0, s1, s2, s3] = state;
  let spareNormal: number | undefined;

  function nextUint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    const shifted = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= shifted;
    s3 = rotateLeft(s3, 11);
    return result;
  }

  function uniform(): number {
    const upper = nextUint32() >>> 5;
    const lower = nextUint32() >>> 6;
    return (upper * 2 ** 26 + lower) / 2 ** 53;
  }

  function normal(): number {
    if (spareNormal !== undefined) {
      const spare = spareNormal;
      spareNormal = undefined;
      return spare;
    }
    // 1 - uniform is in (0, 1], where the logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  function integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new RangeError(`below must be an integer from 1 to 2^32; got ${below}.`);
    }
    // Draws past the last whole multiple of `below` would favour small results: draw again.
    const limit = 2 ** 32 - (2 ** 32 % below);
    let draw = nextUint32();
    while (draw >= limit) draw = nextUint32();
    return draw % below;
  }

  function fillNormal(target: Float32Array | Float64Array, options: NormalOptions = {}): void {
    const { mean = 0, standardDeviation = 1 } = options;
    for (let i = 0; i < target.length; i++) target[i] = mean + standardDeviation * normal();
  }

  return { nextUint32, uniform, normal, integer, fillNormal };
}

/** The first two outputs of SplitMix64 (Vigna's splitmix64.c, public domain) for a seed. */
function splitMix64(seed: bigint): readonly [bigint, bigint] {
  const output = (state: bigint): bigint => {
    let z = BigInt.asUintN(64, state);
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  const increment = 0x9e3779b97f4a7c15n;
  return [output(seed + increment), output(seed + 2n * increment)];
}

function lowerHalf(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
