/**
 * Arithmetic on long float32 vectors with float64 sums, written for how V8 compiles it: four elements
 * at a time, since four independent sums hide the latency of an addition, and in blocks, since a
 * function that is called often is compiled better than one that is caught in a single long loop.
 */

const BLOCK = 16384;

const none = new Uint32Array();

/**
 * Σ aᵢ bᵢ.
 *
 * @param held - ascending indices of entries that do not count
 */
export function dot(a: Float32Array, b: Float32Array, held: Uint32Array = none): number {
  let sum = 0;
  let next = 0;
  for (let start = 0; start < a.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, a.length);
    sum += dotBlock(a, b, start, end);
    // Taken out while the block is in the cache: cheaper than asking at each entry.
    for (let i: number; (i = held[next]!) < end; next++) sum -= a[i]! * b[i]!;
  }
  return sum;
}

function dotBlock(a: Float32Array, b: Float32Array, start: number, end: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = start;
  for (const whole = end - ((end - start) % 4); i < whole; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < end; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/**
 * `y ← beta y + alpha x`, then Σ yᵢ wᵢ of the new y: one walk over memory instead of two or three,
 * since the two loops of L-BFGS are limited by memory.
 *
 * @param held - ascending indices of entries that do not count in the sum
 */
export function combineThenDot(
  y: Float32Array,
  beta: number,
  alpha: number,
  x: Float32Array,
  w: Float32Array,
  held: Uint32Array = none,
): number {
  let sum = 0;
  let next = 0;
  for (let start = 0; start < y.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, y.length);
    sum += combineBlock(y, beta, alpha, x, w, start, end);
    for (let i: number; (i = held[next]!) < end; next++) sum -= y[i]! * w[i]!;
  }
  return sum;
}

function combineBlock(
  y: Float32Array,
  beta: number,
  alpha: number,
  x: Float32Array,
  w: Float32Array,
  start: number,
  end: number,
): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = start;
  for (const whole = end - ((end - start) % 4); i < whole; i += 4) {
    const y0 = Math.fround(beta * y[i]! + alpha * x[i]!);
    const y1 = Math.fround(beta * y[i + 1]! + alpha * x[i + 1]!);
    const y2 = Math.fround(beta * y[i + 2]! + alpha * x[i + 2]!);
    const y3 = Math.fround(beta * y[i + 3]! + alpha * x[i + 3]!);
    y[i] = y0;
    y[i + 1] = y1;
    y[i + 2] = y2;
    y[i + 3] = y3;
    s0 += y0 * w[i]!;
    s1 += y1 * w[i + 1]!;
    s2 += y2 * w[i + 2]!;
    s3 += y3 * w[i + 3]!;
  }
  for (; i < end; i++) {
    const yi = Math.fround(beta * y[i]! + alpha * x[i]!);
    y[i] = yi;
    s0 += yi * w[i]!;
  }
  return s0 + s1 + (s2 + s3);
}

/** Σ aᵢ bᵢ over some indices. */
export function dotAt(indices: Uint32Array, a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k]!;
    sum += a[i]! * b[i]!;
  }
  return sum;
}

/** Sets some entries to 0. */
export function clearAt(indices: Uint32Array, x: Float32Array): void {
  for (let k = 0; k < indices.length; k++) x[indices[k]!] = 0;
}

/** max |xᵢ|; 0 for an empty vector. */
export function maxAbs(x: Float32Array): number {
  let max = 0;
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]!);
    if (size > max) max = size;
  }
  return max;
}

/** `y ← a − b`, then max |yᵢ|. */
export function subtract(a: Float32Array, b: Float32Array, y: Float32Array): number {
  let max = 0;
  for (let start = 0; start < y.length; start += BLOCK)
    max = Math.max(max, subtractBlock(a, b, y, start, Math.min(start + BLOCK, y.length)));
  return max;
}

function subtractBlock(
  a: Float32Array,
  b: Float32Array,
  y: Float32Array,
  start: number,
  end: number,
): number {
  let max = 0;
  for (let i = start; i < end; i++) {
    const yi = Math.fround(a[i]! - b[i]!);
    y[i] = yi;
    const size = Math.abs(yi);
    if (size > max) max = size;
  }
  return max;
}

/** `y ← a − b`, then Σ yᵢ wᵢ. */
export function subtractThenDot(
  a: Float32Array,
  b: Float32Array,
  y: Float32Array,
  w: Float32Array,
): number {
  let sum = 0;
  for (let start = 0; start < y.length; start += BLOCK) {
    const end = Math.min(start + BLOCK, y.length);
    subtractBlock(a, b, y, start, end);
    sum += dotBlock(y, w, start, end);
  }
  return sum;
}
