import type { objectiveTiles, Raster } from "deepstyle";

type TileGrid = ReturnType<typeof objectiveTiles>;
type Tile = TileGrid["tiles"][number];
type Area = Tile["own"];

/** Brightness of what one tile does not see. */
const shade = 0.45;

const white = [1, 1, 1] as const;
const yellow = [1, 0.85, 0] as const;

/**
 * A picture and the tiles that it is worked on in: lines where one tile gives way to the next, and one tile,
 * lit and framed, with all that it sees around its own part.
 */
export function drawTiles(picture: Raster, { tiles }: TileGrid): Raster {
  const { width, height } = picture;
  const data = picture.data.slice();
  const shown = tiles.reduce((most, tile) =>
    surroundings(tile) > surroundings(most) ? tile : most,
  );
  const drawing = { width, height, data };
  for (let i = 0; i < data.length; i++)
    if (!holds(shown, Math.floor(i / width) % height, i % width)) data[i]! *= shade;
  for (const { own } of tiles) frame(drawing, own, white, 1);
  frame(drawing, shown, yellow, 2);
  frame(drawing, shown.own, yellow, 2);
  return drawing;
}

function pixels({ rows, columns }: Area): number {
  return (rows.to - rows.from) * (columns.to - columns.from);
}

/** Pixels that a tile sees and another counts. */
function surroundings(tile: Tile): number {
  return pixels(tile) - pixels(tile.own);
}

function holds({ rows, columns }: Area, row: number, column: number): boolean {
  return row >= rows.from && row < rows.to && column >= columns.from && column < columns.to;
}

/** Draws the edge of an area inside it, in place. */
function frame(
  { width, height, data }: Raster,
  area: Area,
  colour: readonly [number, number, number],
  thickness: number,
): void {
  const { rows, columns } = area;
  const inner: Area = {
    rows: { from: rows.from + thickness, to: rows.to - thickness },
    columns: { from: columns.from + thickness, to: columns.to - thickness },
  };
  for (let row = rows.from; row < rows.to; row++)
    for (let column = columns.from; column < columns.to; column++) {
      if (holds(inner, row, column)) continue;
      for (const [c, value] of colour.entries()) data[(c * height + row) * width + column] = value;
    }
}
