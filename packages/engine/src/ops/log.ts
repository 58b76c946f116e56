import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** Elementwise natural logarithm. */
export const Log = defineElementwise(
  "Log",
  (x) => Math.log(x),
  ({ g, inputs: [x], ops }) => [() => ops.div(g, x!)],
);

/** Natural logarithm of `x`. */
export function log(x: Value): Value {
  return apply(Log, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link log} */
    readonly log: typeof log;
  }
}
