/** Rows or columns of a picture or a feature map: from one up to, not including, another. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A rectangle of a picture or a feature map. */
export interface Area {
  readonly rows: Span;
  readonly columns: Span;
}

interface PlaneSize {
  readonly width: number;
  readonly height: number;
}

/**
 * A rectangle cut out of planes.
 *
 * @param planes - any number of planes `[height, width]`, one after the other
 * @returns as many planes of the rectangle's size, in new memory
 */
export function cutPlanes(planes: Float32Array, size: PlaneSize, area: Area): Float32Array {
  const length = area.columns.to - area.columns.from;
  const rows = area.rows.to - area.rows.from;
  const part = new Float32Array((planes.length / (size.width * size.height)) * rows * length);
  forEachLine(planes, size, area, (line, i) => {
    part.set(line, i * length);
  });
  return part;
}

/**
 * Puts planes of a rectangle's size in their place, in larger planes; the inverse of {@link cutPlanes}.
 *
 * @param planes - any number of planes `[height, width]`, one after the other; written to
 */
export function pastePlanes(
  planes: Float32Array,
  size: PlaneSize,
  area: Area,
  part: Float32Array,
): void {
  forEachLine(planes, size, area, (line, i) => {
    line.set(part.subarray(i * line.length, (i + 1) * line.length));
  });
}

/**
 * Adds a rectangle to planes, in place.
 *
 * @param planes - any number of planes `[height, width]`, one after the other
 * @param part - as many planes of the rectangle's size
 */
export function addToPlanes(
  planes: Float32Array,
  size: PlaneSize,
  area: Area,
  part: Float32Array,
): void {
  forEachLine(planes, size, area, (line, i) => {
    const start = i * line.length;
    for (let x = 0; x < line.length; x++) line[x]! += part[start + x]!;
  });
}

/** Calls `use` with each line of the rectangle, in all planes, and its number. */
function forEachLine(
  planes: Float32Array,
  { width, height }: PlaneSize,
  { rows, columns }: Area,
  use: (line: Float32Array, index: number) => void,
): void {
  let index = 0;
  for (let plane = 0; plane < planes.length; plane += width * height) {
    for (let row = rows.from; row < rows.to; row++) {
      const start = plane + row * width;
      use(planes.subarray(start + columns.from, start + columns.to), index++);
    }
  }
}
