/** What a terminal shows after some text: an independent reader of the few escape codes in use. */
export interface Screen {
  /** Lines from the top, with those that have scrolled away, without blanks at their ends. */
  readonly lines: readonly string[];
  /** Colours of foreground and background of each cell, as their SGR parameters, in the same order. */
  readonly colours: readonly (readonly (readonly [string, string] | undefined)[])[];
  /** Escape codes that carry pictures, as `[line, column, code]` of where the cursor was. */
  readonly images: readonly (readonly [number, number, string])[];
}

/**
 * Reads what was written to a terminal of some columns and rows. The cursor goes up no further than the
 * top of what is seen, as on a real one.
 *
 * @throws {Error} at a code that it does not know: nothing may be written that nobody has thought about
 */
export function screenAfter(text: string, columns: number, rows: number): Screen {
  const lines: string[][] = [[]];
  const colours: ([string, string] | undefined)[][] = [[]];
  const images: [number, number, string][] = [];
  let [line, column, saved, foreground, background] = [0, 0, [0, 0], "", ""];
  const top = (): number => Math.max(0, lines.length - rows);
  const fit = (): void => {
    while (lines.length <= line) {
      lines.push([]);
      colours.push([]);
    }
  };
  const erase = (at: number, from: number): void => {
    lines[at]!.length = Math.min(lines[at]!.length, from);
    colours[at]!.length = Math.min(colours[at]!.length, from);
  };
  const codes =
    // eslint-disable-next-line no-control-regex -- terminals are steered by them
    /\u001b\[([\d;]*)([A-Za-z])|\u001b([78])|(\u001b_G[^\u001b]*\u001b\\|\u001b\]1337;[^\u0007]*\u0007)|([^\u001b])/gu;
  let read = 0;
  for (const found of text.matchAll(codes)) {
    if (found.index !== read) break;
    read += found[0].length;
    const [, parameters = "", final, cursor, image, sign] = found;
    if (image !== undefined) images.push([line, column, image]);
    else if (cursor === "7") saved = [line, column];
    else if (cursor === "8") [line, column] = saved as [number, number];
    else if (final === "A") line = Math.max(top(), line - Number(parameters || 1));
    else if (final === "J" && parameters === "") {
      erase(line, column);
      for (let below = line + 1; below < lines.length; below++) erase(below, 0);
    } else if (final === "K" && parameters === "2") erase(line, 0);
    else if (final === "m") {
      if (parameters === "0") [foreground, background] = ["", ""];
      for (const [, which, colour] of parameters.matchAll(/([34])8;(2;\d+;\d+;\d+|5;\d+)/g))
        if (which === "3") foreground = colour!;
        else background = colour!;
    } else if (sign === "\r") column = 0;
    else if (sign === "\n") {
      // A terminal driver writes a carriage return with it.
      [line, column] = [line + 1, 0];
      fit();
    } else if (sign !== undefined) {
      if (column === columns) [line, column] = [line + 1, 0];
      fit();
      while (lines[line]!.length < column) lines[line]!.push(" ");
      lines[line]![column] = sign;
      colours[line]![column] = foreground === "" ? undefined : [foreground, background];
      column++;
    } else throw new Error(`unknown escape code ${JSON.stringify(found[0])}`);
  }
  if (read !== text.length)
    throw new Error(`unknown: ${JSON.stringify(text.slice(read, read + 20))}`);
  return { lines: lines.map((cells) => cells.join("").trimEnd()), colours, images };
}
