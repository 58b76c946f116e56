import fc from "fast-check";
import { shape, size } from "./shapes.ts";

/** A tensor's shape, one of its axes, how to name that axis, and how many indices point into it. */
export interface Indexing {
  readonly shape: readonly number[];
  readonly axis: number;
  /** The axis as callers may write it: from the front or from the end. */
  readonly written: number;
  readonly count: number;
  /** Range of the indices: from the front and from the end. */
  readonly indices: readonly [number, number];
}

/** Generated ways of pointing into an axis. */
export const indexing: fc.Arbitrary<Indexing> = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }).chain((rank) => shape(rank)),
    fc.nat(),
    fc.boolean(),
    size(7),
  )
  .map(([s, choice, fromEnd, count]) => {
    const axis = choice % s.length;
    const length = s[axis]!;
    const written = fromEnd ? axis - s.length : axis;
    return { shape: s, axis, written, count, indices: [-length, length - 1] };
  });
