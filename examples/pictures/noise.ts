/**
 * Seeded randomness and coherent noise. Everything here is a pure function of its arguments, so a
 * picture drawn twice is the same picture.
 */

/** A source of numbers in [0, 1). */
export type Random = () => number;

/**
 * A seeded stream of uniform numbers in [0, 1): the mulberry32 generator.
 *
 * @param seed any integer; equal seeds give equal streams.
 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A number drawn uniformly from [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** A 32-bit integer hash of a lattice point (murmur-style finaliser). */
function hashBits(x: number, y: number, z: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(z, 0x1b873593);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number in [0, 1) that depends only on the three integers given. */
export function hash(x: number, y: number, z = 0): number {
  return hashBits(x, y, z) / 4294967296;
}

const TABLE = 256;
const gradients = unitVectors(TABLE);
const permutation = shuffled(TABLE);

/** `count` unit vectors in space, spread evenly (Fibonacci sphere), as x, y, z triples. */
function unitVectors(count: number): Float64Array {
  const vectors = new Float64Array(count * 3);
  for (let i = 0; i < count; i++) {
    const z = 1 - (2 * i + 1) / count;
    const ring = Math.sqrt(1 - z * z);
    const angle = i * Math.PI * (3 - Math.sqrt(5));
    vectors.set([ring * Math.cos(angle), ring * Math.sin(angle), z], i * 3);
  }
  return vectors;
}

/** The numbers below `count` in a fixed random order, twice over so that sums need no wrapping. */
function shuffled(count: number): Uint8Array {
  const random = createRandom(1);
  const order = Uint8Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return Uint8Array.from([...order, ...order]);
}

/** The gradient of one lattice corner times the way from it; the lattice repeats every 256. */
function cornerDot(ix: number, iy: number, iz: number, dx: number, dy: number, dz: number): number {
  const row = permutation[permutation[iz & 255]! + (iy & 255)]!;
  const g = permutation[row + (ix & 255)]! * 3;
  return gradients[g]! * dx + gradients[g + 1]! * dy + gradients[g + 2]! * dz;
}

function fade(t: number): number {
  return t * t * t * (t * (t * 6 - 15) + 10);
}

/**
 * Gradient noise in three dimensions, roughly in [-1, 1], zero at every lattice point
 * (K. Perlin, "Improving Noise", SIGGRAPH 2002).
 */
export function noise3(x: number, y: number, z: number): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const iz = Math.floor(z);
  const dx = x - ix;
  const dy = y - iy;
  const dz = z - iz;
  const u = fade(dx);
  const v = fade(dy);
  const near = mix(
    mix(cornerDot(ix, iy, iz, dx, dy, dz), cornerDot(ix + 1, iy, iz, dx - 1, dy, dz), u),
    mix(
      cornerDot(ix, iy + 1, iz, dx, dy - 1, dz),
      cornerDot(ix + 1, iy + 1, iz, dx - 1, dy - 1, dz),
      u,
    ),
    v,
  );
  const far = mix(
    mix(
      cornerDot(ix, iy, iz + 1, dx, dy, dz - 1),
      cornerDot(ix + 1, iy, iz + 1, dx - 1, dy, dz - 1),
      u,
    ),
    mix(
      cornerDot(ix, iy + 1, iz + 1, dx, dy - 1, dz - 1),
      cornerDot(ix + 1, iy + 1, iz + 1, dx - 1, dy - 1, dz - 1),
      u,
    ),
    v,
  );
  return mix(near, far, fade(dz)) * 1.5;
}

/** Gradient noise in the plane, roughly in [-1, 1]; `seed` picks an independent pattern. */
export function noise2(x: number, y: number, seed = 0): number {
  const ix = Math.floor(x);
  const iy = Math.floor(y);
  const dx = x - ix;
  const dy = y - iy;
  const u = fade(dx);
  const top = mix(
    cornerDot(ix, iy, seed, dx, dy, 0),
    cornerDot(ix + 1, iy, seed, dx - 1, dy, 0),
    u,
  );
  const bottom = mix(
    cornerDot(ix, iy + 1, seed, dx, dy - 1, 0),
    cornerDot(ix + 1, iy + 1, seed, dx - 1, dy - 1, 0),
    u,
  );
  return mix(top, bottom, fade(dy)) * 1.7;
}

/** Fractal sum of {@link noise2}: each octave has twice the frequency and half the amplitude. */
export function fbm2(x: number, y: number, octaves: number, seed = 0): number {
  let sum = 0;
  let amplitude = 0.5;
  for (let i = 0; i < octaves; i++) {
    sum += amplitude * noise2(x, y, seed + i);
    // The rotation keeps the lattices of successive octaves from lining up.
    const turned = 1.6 * x - 1.2 * y;
    y = 1.2 * x + 1.6 * y;
    x = turned;
    amplitude *= 0.5;
  }
  return sum;
}

/** Fractal sum of {@link noise3}: each octave has about twice the frequency, half the amplitude. */
export function fbm3(x: number, y: number, z: number, octaves: number): number {
  let sum = 0;
  let amplitude = 0.5;
  for (let i = 0; i < octaves; i++) {
    sum += amplitude * noise3(x, y, z);
    x = x * 2.03 + 17.1;
    y = y * 2.01 + 5.3;
    z = z * 2.02 + 9.7;
    amplitude *= 0.5;
  }
  return sum;
}

/** Ridged fractal noise in [0, 1): sharp crests where {@link noise2} crosses zero. */
export function ridged2(x: number, y: number, octaves: number, seed = 0): number {
  let sum = 0;
  let amplitude = 0.5;
  let carry = 1;
  for (let i = 0; i < octaves; i++) {
    const ridge = (1 - Math.min(1, Math.abs(noise2(x, y, seed + i)))) ** 2;
    sum += ridge * amplitude * carry;
    carry = ridge;
    const turned = 1.6 * x - 1.2 * y;
    y = 1.2 * x + 1.6 * y;
    x = turned;
    amplitude *= 0.5;
  }
  return sum;
}

/** Linear interpolation from `a` (t = 0) to `b` (t = 1). */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** `x` limited to [low, high]. */
export function clamp(x: number, low = 0, high = 1): number {
  return x < low ? low : x > high ? high : x;
}

/** Smooth step from 0 (x at `from`) to 1 (x at `to`); `from` may be the larger. */
export function smoothstep(from: number, to: number, x: number): number {
  const t = clamp((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}
