import type { MapField, ReceptiveField } from "@deepstyle/engine";
import type { Area, Span } from "../image/area.ts";

/** A tile of a picture. */
export interface Tile extends Area {
  /** The pixels whose positions count; those of all tiles are the picture. */
  readonly own: Area;
}

/** A picture cut into tiles of one size, so that one program serves all. */
export interface TileGrid {
  /** Of each tile, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly tiles: readonly Tile[];
}

/**
 * Cuts a picture into tiles that overlap by as much as the receptive fields of maps do.
 *
 * A tile begins where positions of every map do, and its length leaves the same remainder as the
 * picture's: each position is then computed from the same pixels as in the whole, and the last tile ends
 * with the picture, however the map rounds its length.
 *
 * @param fields - receptive fields of the maps that are taken of the tiles
 * @param side - largest side of a tile in pixels
 * @returns undefined where a tile of that side would only see what surrounds it
 */
export function tileGrid(
  { width, height }: { readonly width: number; readonly height: number },
  fields: readonly MapField[],
  side: number,
): TileGrid | undefined {
  const vertical = tilesAlong(
    height,
    fields.map(({ rows }) => rows),
    side,
  );
  const horizontal = tilesAlong(
    width,
    fields.map(({ columns }) => columns),
    side,
  );
  if (vertical === undefined || horizontal === undefined) return undefined;
  const tiles = vertical.spans.flatMap((down) =>
    horizontal.spans.map((across) => ({
      rows: down.span,
      columns: across.span,
      own: { rows: down.own, columns: across.own },
    })),
  );
  return { width: horizontal.length, height: vertical.length, tiles };
}

interface Axis {
  /** Of each tile. */
  readonly length: number;
  readonly spans: readonly { readonly span: Span; readonly own: Span }[];
}

function tilesAlong(
  length: number,
  fields: readonly ReceptiveField[],
  side: number,
): Axis | undefined {
  // Strides are powers of 2: the largest is a multiple of all.
  const step = Math.max(...fields.map(({ stride }) => stride));
  // Winograd's method rounds blocks of 4 positions together. Where blocks before the last pooling are those of
  // the whole, features round alike; cut elsewhere, ReLUs near 0 and maxima that nearly tie fall to the
  // other side, and the gradient with them.
  const begin = 4 * (step / 2);
  const downwards = (pixels: number, by: number): number => Math.floor(pixels / by) * by;
  const before = Math.max(...fields.map(({ from }) => -from));
  const after = Math.max(...fields.map(({ to, stride }) => to - stride + 1));
  const cut = (tile: number): Axis | undefined => {
    const last = length - tile;
    const spans: { span: Span; own: Span }[] = [];
    for (let from = 0; from < length;) {
      const start = Math.min(Math.max(0, downwards(from - before, begin)), last);
      const to = start === last ? length : downwards(start + tile - after, step);
      if (to <= from) return undefined;
      spans.push({ span: { from: start, to: start + tile }, own: { from, to } });
      from = to;
    }
    return { length: tile, spans };
  };
  const remainder = (((side - length) % begin) + begin) % begin;
  const largest = length <= side ? length : side - remainder;
  let best = cut(largest);
  // Smaller tiles that are as many overlap less.
  for (let tile = largest - begin; best !== undefined && tile > 0; tile -= begin) {
    const smaller = cut(tile);
    if (smaller === undefined || smaller.spans.length > best.spans.length) break;
    best = smaller;
  }
  return best;
}
