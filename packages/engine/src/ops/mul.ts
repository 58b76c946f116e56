import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise product. */
export const Mul = defineElementwise(
  "Mul",
  (a, b) => a * b,
  ({ g, inputs: [a, b], ops }) => [() => ops.mul(g, b!), () => ops.mul(g, a!)],
);

/** `a * b` by elements, with broadcasting. */
export function mul(a: Value, b: Value): Value {
  return apply(Mul, [a, b], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link mul} */
    readonly mul: typeof mul;
  }
}
