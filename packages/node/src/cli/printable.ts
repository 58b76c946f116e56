// Texts for people that may hold names out of files: of networks, records, weights, and of the files themselves.

/**
 * What a terminal obeys instead of showing it, but for the end of a line: control characters (C0, DEL, C1, to
 * which escape sequences belong), marks that turn the direction of writing, other ends of lines, and characters
 * that nobody sees.
 */
const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A text with what a terminal would obey as JSON escapes it; the JSON of a text means the same afterwards. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, escaped);
}

function escaped(sign: string): string {
  return sign
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

/** Characters of the longest line, and of the longest cell of a table. */
const [longestLine, longestCell] = [2000, 100];

/** A text in one line, whatever it holds; of a very long one the middle is left out. */
export function oneLine(text: string): string {
  return cut(text, longestLine);
}

/** The same for a table, or among other texts in a line. */
export function cell(text: string): string {
  return cut(text, longestCell);
}

function cut(text: string, longest: number): string {
  // First, as a text may have millions of characters.
  const half = longest / 2;
  const short = text.length > longest ? `${text.slice(0, half)} … ${text.slice(-half)}` : text;
  return printable(short).replaceAll("\n", "\\n");
}
