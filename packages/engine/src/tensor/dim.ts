/**
 * Sizes that may be symbolic: networks that ship keep height and width open, and every shape rule
 * must say what comes out of a convolution over `h × w` without knowing either.
 *
 * A symbolic size is a polynomial over named sizes and floor divisions of polynomials, kept in a
 * canonical form, so that two sizes are provably equal exactly when they print the same:
 * a stride-2 convolution over `h` gives `floor((h+1)/2)` however it was padded.
 */

/** One axis length: a known number or an expression over named sizes. */
export type Dim = number | SymbolicDim;

/** Axis lengths of a tensor, outermost first; `[]` is a scalar. Images are `[n, c, h, w]`. */
export type Shape = readonly Dim[];

/** A named size, or a floor division. */
export type DimFactor =
  { readonly name: string } | { readonly numerator: SymbolicDim; readonly divisor: number };

/** A product of sizes with a whole coefficient. */
export interface DimTerm {
  readonly factors: readonly DimFactor[];
  readonly coefficient: number;
}

/** A size that depends on named sizes. Made by {@link symbol} and the arithmetic of this file. */
export class SymbolicDim {
  /** The canonical text, such as `2*h+1`; equal text means equal size. */
  readonly text: string;
  /** The products of named sizes and quotients that the size is a sum of. */
  readonly terms: readonly DimTerm[];
  /** What is added to the terms. */
  readonly constant: number;

  /** Keeps terms that are already merged; use the arithmetic of this file instead. */
  constructor(terms: readonly DimTerm[], constant: number) {
    this.terms = terms;
    this.constant = constant;
    this.text = textOf(terms, constant);
  }

  /** The canonical text. */
  toString(): string {
    return this.text;
  }
}

/**
 * A named size.
 *
 * @param name - letters, digits and underscores, such as `h`
 */
export function symbol(name: string): SymbolicDim {
  return new SymbolicDim([{ factors: [{ name }], coefficient: 1 }], 0);
}

/** Sum of sizes. */
export function addDims(...dims: readonly Dim[]): Dim {
  return normalise(
    dims.flatMap(termsOf),
    dims.reduce<number>((sum, dim) => sum + constantOf(dim), 0),
  );
}

/** Product of sizes; 1 for none. */
export function mulDims(...dims: readonly Dim[]): Dim {
  return dims.reduce(product, 1);
}

/**
 * `floor(dim / divisor)`.
 *
 * @param divisor - a positive whole number
 */
export function floorDivDim(dim: Dim, divisor: number): Dim {
  // Whole multiples leave the floor: floor((3h + 5) / 2) = h + 2 + floor((h + 1) / 2).
  const whole = mapNumbers(dim, (n) => Math.floor(n / divisor));
  const rest = mapNumbers(dim, (n) => n - divisor * Math.floor(n / divisor));
  return typeof rest === "number" ? whole : addDims(whole, quotient(rest, divisor));
}

/** `floor(numerator / divisor)` in lowest terms and without a floor directly inside the floor. */
function quotient(numerator: SymbolicDim, divisor: number): Dim {
  const { terms, constant } = numerator;
  const common = terms.reduce((gcd, { coefficient }) => greatestDivisor(gcd, coefficient), divisor);
  if (common > 1) {
    // floor((2h + 3) / 4) = floor((h + 1) / 2)
    const reduced = mapNumbers(numerator, (n) => Math.floor(n / common));
    return floorDivDim(reduced, divisor / common);
  }
  const [{ factors, coefficient }] = terms as readonly [DimTerm];
  const [factor] = factors as readonly [DimFactor];
  if (terms.length === 1 && factors.length === 1 && coefficient === 1 && "divisor" in factor) {
    // floor((floor(n / m) + k) / d) = floor((n + k m) / (d m))
    const inner = addDims(factor.numerator, constant * factor.divisor);
    return floorDivDim(inner, divisor * factor.divisor);
  }
  return normalise([{ factors: [{ numerator, divisor }], coefficient: 1 }], 0);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestDivisor(b, a % b);
}

/** Whether two sizes are the same for every value of the named sizes. */
export function equalDims(a: Dim, b: Dim): boolean {
  return typeof a === "number" || typeof b === "number" ? a === b : a.text === b.text;
}

/** Whether two shapes have the same rank and provably equal sizes. */
export function equalShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => equalDims(dim, b[axis]!));
}

/** Whether every size is a number. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === "number");
}

/** Number of elements of a shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, dim) => count * dim, 1);
}

/**
 * The value of a size once the named sizes are known.
 *
 * @throws RangeError if a named size is missing from `sizes`
 */
export function evaluateDim(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  if (typeof dim === "number") return dim;
  return dim.terms.reduce((sum, term) => {
    const value = term.factors.reduce((product, factor) => {
      if (!("name" in factor))
        return product * Math.floor(evaluateDim(factor.numerator, sizes) / factor.divisor);
      const size = sizes[factor.name];
      if (size === undefined)
        throw new RangeError(
          `size "${factor.name}" is not known; known: ${Object.keys(sizes).join(", ") || "none"}.`,
        );
      return product * size;
    }, term.coefficient);
    return sum + value;
  }, dim.constant);
}

/** A shape as people write it: `[1, 64, h, floor((w+1)/2)]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

function product(a: Dim, b: Dim): Dim {
  const terms: DimTerm[] = [];
  for (const x of allTerms(a)) {
    for (const y of allTerms(b)) {
      terms.push({
        factors: [...x.factors, ...y.factors],
        coefficient: x.coefficient * y.coefficient,
      });
    }
  }
  return normalise(terms, 0);
}

function allTerms(dim: Dim): readonly DimTerm[] {
  return [...termsOf(dim), { factors: [], coefficient: constantOf(dim) }];
}

function termsOf(dim: Dim): readonly DimTerm[] {
  return typeof dim === "number" ? [] : dim.terms;
}

function constantOf(dim: Dim): number {
  return typeof dim === "number" ? dim : dim.constant;
}

/** The same terms with every coefficient, and the constant, replaced. */
function mapNumbers(dim: Dim, f: (n: number) => number): Dim {
  const terms = termsOf(dim).map((term) => ({ ...term, coefficient: f(term.coefficient) }));
  return normalise(terms, f(constantOf(dim)));
}

function normalise(terms: readonly DimTerm[], constant: number): Dim {
  const merged = new Map<string, DimTerm>();
  for (const term of terms) {
    if (term.factors.length === 0) {
      constant += term.coefficient;
      continue;
    }
    const factors = [...term.factors].sort((a, b) => compare(factorText(a), factorText(b)));
    const key = factors.map(factorText).join("*");
    const coefficient = (merged.get(key)?.coefficient ?? 0) + term.coefficient;
    merged.set(key, { factors, coefficient });
  }
  const kept = [...merged]
    .filter(([, term]) => term.coefficient !== 0)
    .sort(([a], [b]) => compare(a, b))
    .map(([, term]) => term);
  return kept.length === 0 ? constant : new SymbolicDim(kept, constant);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function factorText(factor: DimFactor): string {
  return "name" in factor
    ? factor.name
    : `floor((${factor.numerator.text})/${String(factor.divisor)})`;
}

function textOf(terms: readonly DimTerm[], constant: number): string {
  const parts = terms.map(({ factors, coefficient }) => {
    const text = factors.map(factorText).join("*");
    return coefficient === 1 ? text : `${String(coefficient)}*${text}`;
  });
  if (constant !== 0) parts.push(String(constant));
  return parts.join("+").replaceAll("+-", "-");
}
