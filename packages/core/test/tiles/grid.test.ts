import fc from "fast-check";
import { expect, test } from "vitest";
import type { Span } from "../../src/image/area.ts";
import { tileGrid } from "../../src/tiles/grid.ts";

const fieldOf = (stride: number, around: number) => {
  const along = { stride, from: -around, to: around + stride - 1 };
  return { rows: along, columns: along };
};
const fields = [fieldOf(1, 1), fieldOf(16, 70)];

test("tiles of one size own a picture without gaps, each with what its positions depend on", () => {
  const length = fc.integer({ min: 16, max: 900 });
  fc.assert(
    fc.property(length, length, fc.integer({ min: 223, max: 500 }), (width, height, side) => {
      const { width: across, height: down, tiles } = tileGrid({ width, height }, fields, side)!;
      expect(Math.max(across, down)).toBeLessThanOrEqual(side);
      expect((width - across) % 32).toBe(0);
      expect((height - down) % 32).toBe(0);
      const owned = tiles.reduce(
        (sum, { own }) => sum + lengthOf(own.rows) * lengthOf(own.columns),
        0,
      );
      expect(owned).toBe(width * height);
      for (const { rows, columns, own } of tiles) {
        expect([lengthOf(columns), lengthOf(rows)]).toEqual([across, down]);
        for (const [seen, part, end] of [
          [rows, own.rows, height],
          [columns, own.columns, width],
        ] as const) {
          // Blocks of Winograd's method begin there, too.
          expect(seen.from % 32).toBe(0);
          expect(part.from % 16).toBe(0);
          if (seen.from > 0) expect(part.from - seen.from).toBeGreaterThanOrEqual(70);
          if (seen.to < end) expect(seen.to - part.to).toBeGreaterThanOrEqual(70);
          else expect(part.to).toBe(end);
        }
      }
    }),
  );
});

test("a picture that fits is one tile", () => {
  const grid = tileGrid({ width: 201, height: 150 }, fields, 201)!;
  expect(grid.tiles).toHaveLength(1);
  expect([grid.width, grid.height]).toEqual([201, 150]);
});

test("tiles are even: no larger than as many tiles need", () => {
  const { width, tiles } = tileGrid({ width: 1000, height: 16 }, fields, 900)!;
  expect(tiles).toHaveLength(2);
  expect(width).toBeLessThan(600);
});

test("a tile that would only hold what surrounds it is none", () => {
  expect(tileGrid({ width: 1000, height: 1000 }, fields, 160)).toBeUndefined();
});

function lengthOf({ from, to }: Span): number {
  return to - from;
}
