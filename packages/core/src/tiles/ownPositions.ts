import {
  input,
  ops,
  receptiveField,
  tensor,
  type Feeds,
  type InputValue,
  type Value,
} from "@deepstyle/engine";
import type { Span } from "../image/area.ts";
import type { Tile } from "./grid.ts";

/** Which positions along one axis of a map a tile owns. */
interface Marks {
  readonly value: InputValue;
  readonly axis: "rows" | "columns";
  readonly stride: number;
  readonly length: number;
}

/**
 * The positions of maps that belong to a tile and to no other, as masks that are fed: tiles at the
 * edge of a picture, which own more, are then computed by the same program as those inside.
 */
export class OwnPositions {
  readonly #image: Value;
  readonly #marks = new Map<string, Marks>();

  /** @param image - the tile, `[1, 3, h, w]` */
  constructor(image: Value) {
    this.#image = image;
  }

  /** A map made from the tile, 0 at positions that belong to others. */
  of(map: Value): Value {
    const [, , height, width] = map.shape as readonly [number, number, number, number];
    const { rows, columns } = receptiveField(map, this.#image);
    const mask = ops.mul(
      this.#along("rows", rows.stride, height),
      this.#along("columns", columns.stride, width),
    );
    return ops.mul(map, mask);
  }

  /** What says to programs which tile it is. */
  feeds(tile: Tile, size: { readonly width: number; readonly height: number }): Feeds {
    const marks = [...this.#marks.values()].map(({ value, axis, stride, length }) => {
      const end = axis === "rows" ? size.height : size.width;
      const numbers = owned(tile[axis], tile.own[axis], end, stride, length);
      return [value.name, tensor(numbers, value.shape as number[])] as const;
    });
    return Object.fromEntries(marks);
  }

  #along(axis: Marks["axis"], stride: number, length: number): Value {
    const name = `own.${axis}.${stride}.${length}`;
    const shape = axis === "rows" ? [1, 1, length, 1] : [1, 1, 1, length];
    const marks = this.#marks.get(name) ?? { value: input(name, shape), axis, stride, length };
    this.#marks.set(name, marks);
    return marks.value;
  }
}

/** 1 for each position that is owned, otherwise 0. */
function owned(seen: Span, own: Span, end: number, stride: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => {
    const pixel = seen.from + i * stride;
    // A position that begins beyond the last pixel belongs to the last tile, too.
    return pixel >= own.from && (pixel < own.to || own.to === end) ? 1 : 0;
  });
}
