import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise disjunction. */
export const Or = defineElementwise("Or", (a, b) => Math.max(a, b), "no gradient", {
  operands: "bool",
});

/**
 * Whether either holds, or both, by elements, with broadcasting. Has no gradient.
 *
 * @throws {ShapeError} if an operand is not bool
 */
export function or(a: Value, b: Value): Value {
  return apply(Or, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link or} */
    readonly or: typeof or;
  }
}
