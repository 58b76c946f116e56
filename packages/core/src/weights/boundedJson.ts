// JSON from files that anybody may have written.

/** JSON is deeper, or has more parts, than there is any use for; the message says by what. */
export class JsonBoundsError extends SyntaxError {
  override readonly name = "JsonBoundsError";
}

/** What JSON may be. */
export interface JsonBounds {
  /** Objects and lists inside each other, the outermost included. */
  readonly depth: number;
  /** Objects, lists and texts in all. */
  readonly count: number;
}

/**
 * Deep and long enough for everything that is written here; recursive functions and memory can cope with
 * far more.
 */
const usualBounds: JsonBounds = { depth: 32, count: 1_000_000 };

/**
 * What `JSON.parse` makes of a text, which is first looked at in one pass: nothing is allocated for JSON
 * that is deeper, or has more parts, than there is any use for.
 *
 * @throws {JsonBoundsError} if it is deeper, or has more parts
 * @throws {SyntaxError} if it is no JSON
 */
export function parseBoundedJson(text: string, bounds: Partial<JsonBounds> = {}): unknown {
  const { depth: deepest, count: most } = { ...usualBounds, ...bounds };
  let depth = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case quote:
        i = endOfText(text, i);
        count++;
        break;
      case openBrace:
      case openBracket:
        depth++;
        count++;
        break;
      case closeBrace:
      case closeBracket:
        depth--;
        break;
    }
    if (depth > deepest) throw new JsonBoundsError(`nested more than ${deepest} deep`);
    if (count > most) throw new JsonBoundsError(`of more than ${most} parts`);
  }
  return JSON.parse(text) as unknown;
}

const [quote, backslash] = [0x22, 0x5c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/**
 * Where a text of JSON ends.
 *
 * @param start - the place of its first quotation mark
 * @returns that of its last one; the length where there is none
 */
export function endOfText(json: string, start: number): number {
  let i = start + 1;
  for (; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === quote) break;
    if (code === backslash) i++;
  }
  return i;
}
