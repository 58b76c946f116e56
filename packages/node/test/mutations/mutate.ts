// Files as damage, and people who mean harm, make them of sound ones.

import type { Rng } from "@deepstyle/engine";

/** Changes bytes in one way. */
type Mutator = (bytes: Buffer, random: Rng) => Buffer;

/** Numbers at which readers trip: ends of ranges, signs, sizes that nothing has. */
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

function among<T>(choices: readonly T[], random: Rng): T {
  return choices[random.integer(choices.length)]!;
}

/** A place; most formats have what matters at their beginning. */
function placeIn({ length }: Buffer, random: Rng): number {
  return random.integer(Math.max(1, random.integer(2) === 0 ? Math.min(length, 256) : length));
}

const byteMutators: readonly Mutator[] = [
  function flippedBits(bytes, random) {
    const copy = Buffer.from(bytes);
    for (let i = random.integer(8); i >= 0; i--)
      copy[placeIn(copy, random)]! ^= 1 << random.integer(8);
    return copy;
  },
  function cutOff(bytes, random) {
    return Buffer.from(bytes.subarray(0, placeIn(bytes, random)));
  },
  function spliced(bytes, random) {
    const [from, to] = [placeIn(bytes, random), placeIn(bytes, random)];
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  function withEdgeNumber(bytes, random) {
    const copy = Buffer.from(bytes);
    if (copy.length < 8) return copy;
    const at = Math.min(placeIn(copy, random), copy.length - 8);
    const value = among(edges, random);
    if (random.integer(2) === 0) copy.writeUInt32BE(value, at);
    else copy.writeUInt32LE(value, at);
    return copy;
  },
  function withLongVarint(bytes, random) {
    const at = placeIn(bytes, random);
    const varint = Buffer.alloc(1 + random.integer(10), 0xff);
    return Buffer.concat([bytes.subarray(0, at), varint, bytes.subarray(at + varint.length)]);
  },
  function repeated(bytes, random) {
    const at = placeIn(bytes, random);
    const part = bytes.subarray(at, at + 1 + random.integer(32));
    const copies = Array.from({ length: random.integer(2000) }, () => part);
    return Buffer.concat([bytes.subarray(0, at), ...copies, bytes.subarray(at)]);
  },
  function zeroed(bytes, random) {
    const copy = Buffer.from(bytes);
    const at = placeIn(copy, random);
    const end = Math.min(copy.length, at + random.integer(64));
    return copy.fill(random.integer(2) * 0xff, Math.min(at, end), end);
  },
];

/** Damaged bytes. */
export function mutatedBytes(bytes: Buffer, random: Rng): Buffer {
  return among(byteMutators, random)(bytes, random);
}

/** Values that a field of JSON is not expected to have. */
const strangers: readonly ((random: Rng) => unknown)[] = [
  () => null,
  () => true,
  () => "",
  () => "\u001b[31m\u202e\u009b2J",
  () => "__proto__",
  () => "constructor",
  () => [],
  () => ({}),
  () => ({ toString: 1 }),
  () => -1,
  () => 0.5,
  () => 1e308,
  () => Number.MAX_SAFE_INTEGER,
  (random) => "long".repeat(random.integer(20_000)),
  (random) => Array.from({ length: random.integer(5000) }, (_, i) => i),
  (random) => nested(random.integer(3000)),
];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** JSON with one part changed, left out, doubled under another name, or put in another's place. */
export function mutatedJson(json: unknown, random: Rng): string {
  const copy = structuredClone(json);
  const places = placesIn(copy);
  const { owner, key } = among(places, random);
  switch (random.integer(5)) {
    case 0:
      owner[key] = undefined;
      break;
    case 1:
      define(
        owner,
        among(["__proto__", "constructor", "toString", "hasOwnProperty"], random),
        owner[key],
      );
      break;
    case 2: {
      const other = among(places, random);
      owner[key] = structuredClone(other.owner[other.key]);
      break;
    }
    default:
      owner[key] = among(strangers, random)(random);
  }
  const text = JSON.stringify(copy);
  // JSON has words for numbers that JavaScript has none for.
  return random.integer(20) === 0 ? text.replace(/:\d+/, ":1e999") : text;
}

interface Place {
  readonly owner: Record<string, unknown>;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  const owner = value as Record<string, unknown>;
  return Object.keys(owner).flatMap((key) => [{ owner, key }, ...placesIn(owner[key])]);
}

function define(owner: object, key: string, value: unknown): void {
  Object.defineProperty(owner, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}
