import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import { constant, type Value } from "../graph/value.ts";

/** Elementwise power. Its gradient by the exponent holds for positive bases only. */
export const Pow = defineElementwise(
  "Pow",
  (a, b) => a ** b,
  ({ g, inputs: [a, b], output, ops }) => [
    () => ops.mul(g, ops.mul(b!, ops.pow(a!, ops.sub(b!, constant(1))))),
    () => ops.mul(g, ops.mul(output, ops.log(a!))),
  ],
);

/** `a` to the power `b` by elements, with broadcasting. The gradient by `b` needs positive `a`. */
export function pow(a: Value, b: Value): Value {
  return apply(Pow, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link pow} */
    readonly pow: typeof pow;
  }
}
