import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise cosine. */
export const Cos = defineElementwise(
  "Cos",
  (x) => Math.cos(x),
  ({ g, inputs: [x], ops }) => [() => ops.neg(ops.mul(g, ops.sin(x!)))],
);

/** Cosine of `x`, in radians. */
export function cos(x: Value): Value {
  return apply(Cos, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link cos} */
    readonly cos: typeof cos;
  }
}
