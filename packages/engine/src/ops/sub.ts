import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise difference. */
export const Sub = defineElementwise(
  "Sub",
  (a, b) => a - b,
  ({ g, ops }) => [() => g, () => ops.neg(g)],
);

/** `a - b`, with broadcasting. */
export function sub(a: Value, b: Value): Value {
  return apply(Sub, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link sub} */
    readonly sub: typeof sub;
  }
}
