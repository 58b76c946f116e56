import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise negation of truth. */
export const Not = defineElementwise("Not", (x) => 1 - x, "no gradient", { operands: "bool" });

/**
 * Whether `x` does not hold. Has no gradient.
 *
 * @throws {ShapeError} if `x` is not bool
 */
export function not(x: Value): Value {
  return apply(Not, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link not} */
    readonly not: typeof not;
  }
}
