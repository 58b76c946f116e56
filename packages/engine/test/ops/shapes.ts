import fc from "fast-check";

/** A size from 1 to `max`. */
export const size = (max = 5): fc.Arbitrary<number> => fc.integer({ min: 1, max });

/** A shape of the given rank, or of rank 0 to 4. */
export const shape = (rank?: number): fc.Arbitrary<number[]> =>
  fc.array(size(), rank === undefined ? { maxLength: 4 } : { minLength: rank, maxLength: rank });

/** Two shapes that broadcast together: some axes are 1 on one side, some leading ones are missing. */
export const broadcastingShapes: fc.Arbitrary<[number[], number[]]> = fc
  .tuple(
    fc.array(fc.tuple(size(), fc.constantFrom("both", "left", "right")), { maxLength: 4 }),
    fc.nat(2),
    fc.boolean(),
  )
  .map(([axes, missing, swap]) => {
    const a = axes.map(([n, who]) => (who === "right" ? 1 : n));
    const b = axes
      .map(([n, who]) => (who === "left" ? 1 : n))
      .slice(Math.min(missing, axes.length));
    return swap ? [b, a] : [a, b];
  });
