import type { Cells } from "./cells.ts";

/**
 * A picture in the protocol of iTerm2, https://iterm2.com/documentation-images.html: a whole file in
 * base64, shown (`inline=1`) over a number of cells, within which it keeps its proportions.
 *
 * @param file - an encoded picture of any kind
 */
export function inlineImage(file: Buffer, { columns, rows }: Cells): string {
  const how = `inline=1;size=${file.length};width=${columns};height=${rows};preserveAspectRatio=1`;
  return `\u001b]1337;File=${how}:${file.toString("base64")}\u0007`;
}
