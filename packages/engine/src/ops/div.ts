import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise quotient. */
export const Div = defineElementwise(
  "Div",
  (a, b) => a / b,
  ({ g, inputs: [, b], output, ops }) => [
    () => ops.div(g, b!),
    () => ops.neg(ops.div(ops.mul(g, output), b!)),
  ],
);

/** `a / b` by elements, with broadcasting. */
export function div(a: Value, b: Value): Value {
  return apply(Div, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link div} */
    readonly div: typeof div;
  }
}
