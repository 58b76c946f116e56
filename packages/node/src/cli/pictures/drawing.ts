import { resize, type Raster } from "@deepstyle/core";
import { laidOnWhite } from "../../media/samples.ts";
import { smallJpeg, smallPng } from "../../watch/frame.ts";
import { cellsFor, type Cells } from "./cells.ts";
import { halfBlocks } from "./halfBlocks.ts";
import { inlineImage } from "./inlineImage.ts";
import { kittyImage } from "./kittyImage.ts";
import type { PictureKind } from "./pictureKind.ts";

/** Longer side in pixels of what is sent as an image; the terminal enlarges it. */
const longSide = 512;

/** A picture as a terminal is told to draw it. */
export interface DrawnPicture {
  /** Rows that it takes. */
  readonly rows: number;
  /** Written where its first cell is; the cursor may end anywhere, but nothing scrolls. */
  readonly text: string;
}

/**
 * Draws a picture as large as a terminal allows, on white where it is transparent.
 *
 * @param id - of the image, for terminals that keep it under a number
 */
export async function drawPicture(
  kind: PictureKind,
  picture: Raster,
  room: Cells,
  id: number,
): Promise<DrawnPicture> {
  const cells = cellsFor(picture, room);
  const { columns, rows } = cells;
  switch (kind) {
    case "kitty":
      return { rows, text: kittyImage(await smallPng(picture, longSide), cells, id) };
    case "iterm2":
      return { rows, text: inlineImage(await smallJpeg(picture, longSide, 85), cells) };
    case "trueColour":
    case "palette": {
      const small = resize(laidOnWhite(picture), { width: columns, height: 2 * rows });
      return { rows, text: halfBlocks(small, kind) };
    }
  }
}
