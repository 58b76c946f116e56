import { isFiniteVector } from "../algebra/finite.ts";
import { OptionError } from "../errors.ts";
import type { OptimiserState, StateKind } from "./optimiser.ts";

/**
 * What an optimiser saved, as it comes back. It may come from a file that is damaged, or that somebody
 * has changed: each number and vector is looked at before it is handed out.
 */
export class SavedState {
  readonly #state: OptimiserState;
  readonly #length: number;
  readonly #asked = new Set<string>();

  /** @param length - entries that each vector must have */
  constructor(state: OptimiserState, length: number) {
    this.#state = state;
    this.#length = length;
  }

  /**
   * A number.
   *
   * @param expected - what it must be, in words
   * @throws {OptionError} if it is absent, not finite, or not as expected
   */
  number(name: string, expected: string, isRight: (value: number) => boolean): number {
    this.#asked.add(name);
    const { numbers } = this.#state;
    const value: unknown = Object.hasOwn(numbers, name) ? numbers[name] : undefined;
    if (typeof value === "number" && Number.isFinite(value) && isRight(value)) return value;
    throw damagedState(`the optimiser's "${name}" is ${shown(value)}`, expected);
  }

  /**
   * A whole number from 0.
   *
   * @throws {OptionError} if it is none, or above `most`
   */
  count(name: string, most = Number.MAX_SAFE_INTEGER): number {
    const expected = `a whole number from 0 to ${most}`;
    return this.number(name, expected, (value) => isCount(value, most));
  }

  /** Whether there is a vector of this name. */
  hasVector(name: string): boolean {
    return Object.hasOwn(this.#state.vectors, name);
  }

  /**
   * A vector, not copied.
   *
   * @throws {OptionError} if it is absent, of another length, not finite, or below 0 where it must not be
   */
  vector(name: string, kind: StateKind = "signed"): Float32Array {
    this.#asked.add(name);
    const { vectors } = this.#state;
    const vector = Object.hasOwn(vectors, name) ? vectors[name] : undefined;
    if (vector?.length !== this.#length)
      throw damagedState(
        `the optimiser's "${name}" has ${vector?.length ?? "no"} numbers`,
        String(this.#length),
      );
    if (!isFiniteVector(vector))
      throw damagedState(`the optimiser's "${name}" is not finite`, "finite numbers");
    if (kind === "nonNegative" && vector.some((value) => value < 0))
      throw damagedState(`the optimiser's "${name}" has numbers below 0`, "numbers from 0 up");
    return vector;
  }

  /** @throws {OptionError} if there is anything that was not asked for: another optimiser's */
  expectNoMore(): void {
    const { numbers, vectors } = this.#state;
    const unknown = Object.keys({ ...numbers, ...vectors }).find((name) => !this.#asked.has(name));
    if (unknown !== undefined)
      throw damagedState(
        `the optimiser has a ${shown(unknown)}`,
        [...this.#asked].map((name) => `"${name}"`).join(", "),
      );
  }
}

/** A value as JSON: it may be long, or text with control characters. */
function shown(value: unknown): string {
  if (value === undefined) return "absent";
  return typeof value === "number" ? String(value) : JSON.stringify(value).slice(0, 40);
}

/** Whether something is a whole number from 0 to `most`. */
export function isCount(value: unknown, most = Number.MAX_SAFE_INTEGER): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/**
 * The error for a state that no work can be gone on with.
 *
 * @param problem - what is wrong with it
 * @param expected - what was expected in its place
 */
export function damagedState(problem: string, expected: string): OptionError {
  return new OptionError(
    `the state to go on from is damaged: ${problem}; expected ${expected}. Start anew.`,
  );
}
