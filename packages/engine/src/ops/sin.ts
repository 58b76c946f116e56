import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise sine. */
export const Sin = defineElementwise(
  "Sin",
  (x) => Math.sin(x),
  ({ g, inputs: [x], ops }) => [() => ops.mul(g, ops.cos(x!))],
);

/** Sine of `x`, in radians. */
export function sin(x: Value): Value {
  return apply(Sin, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link sin} */
    readonly sin: typeof sin;
  }
}
