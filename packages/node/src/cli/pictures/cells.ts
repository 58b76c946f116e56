import type { Raster } from "@deepstyle/core";

/** Cells of a terminal, each half as wide as it is high. */
export interface Cells {
  readonly columns: number;
  readonly rows: number;
}

/**
 * The most cells that a picture can have. A column is left free, as some terminals break a line when its
 * last one is written, and two rows, for the line of progress and one to come.
 *
 * @param room - of the terminal
 */
export function cellsFor({ width, height }: Pick<Raster, "width" | "height">, room: Cells): Cells {
  const columns = Math.max(1, room.columns - 1);
  const rows = Math.max(1, room.rows - 2);
  const scale = Math.min(columns / width, (2 * rows) / height);
  return {
    columns: Math.min(columns, Math.max(1, Math.round(width * scale))),
    rows: Math.min(rows, Math.max(1, Math.round((height * scale) / 2))),
  };
}
