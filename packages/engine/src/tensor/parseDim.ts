import { addDims, floorDivDim, mulDims, symbol, type Dim } from "./dim.ts";

/** Longer texts are no size that anyone means; they would only exhaust the stack. */
const longestText = 200;

/**
 * A size from its canonical text, such as `2*h+1` or `floor((h+1)/2)`: undoes printing, so that
 * sizes written into a file come back as sizes to calculate with.
 *
 * @returns undefined if the text is nothing of the kind
 */
export function parseDim(text: string): Dim | undefined {
  if (text.length > longestText) return undefined;
  const tokens = text.match(/floor\(\(|\)\/|\w+|[-+*)]/g) ?? [];
  if (tokens.join("") !== text) return undefined;
  const parser = new DimParser(tokens);
  const dim = parser.sum();
  return parser.finished ? dim : undefined;
}

/** Recursive descent; each method takes what it stands for, or returns undefined. */
class DimParser {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  /** Whether everything was taken. */
  get finished(): boolean {
    return this.#next === this.#tokens.length;
  }

  /** Products with `+` or `-` between them, and perhaps a `-` before the first. */
  sum(): Dim | undefined {
    let total: Dim | undefined = 0;
    let sign = this.#take("-") ? -1 : 1;
    do {
      const term = this.#product();
      if (term === undefined) return undefined;
      total = addDims(total, mulDims(term, sign));
      sign = this.#take("-") ? -1 : 1;
    } while (sign === -1 || this.#take("+"));
    return total;
  }

  #product(): Dim | undefined {
    let total: Dim = 1;
    do {
      const factor = this.#factor();
      if (factor === undefined) return undefined;
      total = mulDims(total, factor);
    } while (this.#take("*"));
    return total;
  }

  #factor(): Dim | undefined {
    if (this.#take("floor((")) return this.#quotient();
    const token = this.#tokens[this.#next++] ?? "";
    if (/^\d+$/.test(token)) return Number(token);
    return /^[A-Za-z_]\w*$/.test(token) ? symbol(token) : undefined;
  }

  /** What follows `floor((`. */
  #quotient(): Dim | undefined {
    const numerator = this.sum();
    if (numerator === undefined || !this.#take(")/")) return undefined;
    const divisor = Number(this.#tokens[this.#next++]);
    const whole = Number.isInteger(divisor) && divisor > 0;
    return whole && this.#take(")") ? floorDivDim(numerator, divisor) : undefined;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next++;
    return true;
  }
}
