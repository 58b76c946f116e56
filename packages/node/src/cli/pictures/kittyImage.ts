import type { Cells } from "./cells.ts";

/** Bytes of base64 in one escape code. */
const chunk = 4096;

/**
 * A picture in the graphics protocol of kitty, https://sw.kovidgoyal.net/kitty/graphics-protocol/:
 * transmitted and placed at once (`a=T`) as PNG (`f=100`) over `c` columns and `r` rows, in chunks, all but
 * the last with `m=1`. One that is sent with the same image (`i`) and placement (`p`) takes the place of the
 * one before. The cursor stays (`C=1`), and the terminal does not answer (`q=2`), as nobody would read it.
 *
 * @param png - an encoded picture
 * @param id - of the image, a whole number from 1 to 2³² − 1
 */
export function kittyImage(png: Buffer, { columns, rows }: Cells, id: number): string {
  const base64 = png.toString("base64");
  const chunks = base64.match(new RegExp(`.{1,${chunk}}`, "g")) ?? [""];
  const control = `a=T,f=100,i=${id},p=1,c=${columns},r=${rows},C=1,q=2,`;
  return chunks
    .map((data, i) => {
      const more = i < chunks.length - 1 ? 1 : 0;
      return `\u001b_G${i === 0 ? control : ""}m=${more};${data}\u001b\\`;
    })
    .join("");
}
