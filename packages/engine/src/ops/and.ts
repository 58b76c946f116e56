import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise conjunction. */
export const And = defineElementwise("And", (a, b) => a * b, "no gradient", {
  operands: "bool",
});

/**
 * Whether both hold, by elements, with broadcasting. Has no gradient.
 *
 * @throws {ShapeError} if an operand is not bool
 */
export function and(a: Value, b: Value): Value {
  return apply(And, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link and} */
    readonly and: typeof and;
  }
}
