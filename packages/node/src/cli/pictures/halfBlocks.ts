import type { Raster } from "@deepstyle/core";
import { samplesFromRaster } from "../../media/samples.ts";

/** Red, green and blue, from 0 to 255. */
type Colour = readonly [number, number, number];

/**
 * A picture in upper half blocks, `▀` (U+2580): the foreground is the upper pixel of a cell, the background
 * the lower one. Colours are set by SGR 38 and 48, as RGB (`2;r;g;b`) or by number (`5;n`), see
 * https://invisible-island.net/xterm/ctlseqs/ctlseqs.html; each row ends with none set.
 *
 * @param picture - opaque, of an even height; one pixel is half a cell
 * @param kind - of colours: 24 bits, or the nearest of the palette
 */
export function halfBlocks(picture: Raster, kind: "trueColour" | "palette"): string {
  const { width, height, values } = samplesFromRaster(picture, 8);
  const code = (x: number, y: number): string => {
    const at = 3 * (y * width + x);
    const colour: Colour = [values[at]!, values[at + 1]!, values[at + 2]!];
    return kind === "trueColour" ? `2;${colour.join(";")}` : `5;${nearestOfPalette(colour)}`;
  };
  const rows = Array.from({ length: height / 2 }, (_, row) => {
    let [text, above, below] = ["", "", ""];
    for (let x = 0; x < width; x++) {
      const [upper, lower] = [code(x, 2 * row), code(x, 2 * row + 1)];
      const changed = [upper !== above && `38;${upper}`, lower !== below && `48;${lower}`];
      const set = changed.filter((part) => part !== false);
      text += `${set.length > 0 ? `\u001b[${set.join(";")}m` : ""}▀`;
      [above, below] = [upper, lower];
    }
    return `${text}\u001b[0m`;
  });
  return rows.join("\r\n");
}

/** Levels of each channel in the cube of 6 × 6 × 6 colours. */
const levels = [0, 95, 135, 175, 215, 255];

/**
 * The nearest colour of xterm's palette, by the sum of squares: of the cube, numbers 16 to 231, or of the
 * greys 8, 18, …, 238, numbers 232 to 255 (xterm's 256colres.pl). The first sixteen are the user's own.
 */
export function nearestOfPalette(colour: Colour): number {
  const cube = colour.map((value) => nearest(levels, value));
  const [r, g, b] = cube as [number, number, number];
  const mean = (colour[0] + colour[1] + colour[2]) / 3;
  const grey = Math.min(23, Math.max(0, Math.round((mean - 8) / 10)));
  const distance = (other: readonly number[]): number =>
    other.reduce((sum, value, c) => sum + (value - colour[c]!) ** 2, 0);
  const shade = 8 + 10 * grey;
  const ofCube = distance(cube.map((level) => levels[level]!));
  return distance([shade, shade, shade]) < ofCube ? 232 + grey : 16 + 36 * r + 6 * g + b;
}

function nearest(choices: readonly number[], value: number): number {
  const distances = choices.map((choice) => Math.abs(choice - value));
  return distances.indexOf(Math.min(...distances));
}
