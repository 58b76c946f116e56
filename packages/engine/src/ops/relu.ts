import { defineElementwise } from "../graph/elementwise.ts";
import { apply } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/**
 * Rectified linear unit. Its gradient at the kink is 0.
 *
 * The mask is written as a hard sigmoid so steep that it is a step: ONNX Runtime keeps that node in
 * its blocked layout, where Where, Cast and Sign cost 2 to 12 % of a style step.
 */
export const Relu = defineElementwise(
  "Relu",
  (x) => Math.max(x, 0),
  ({ g, output, ops }) => [() => ops.mul(g, ops.hardSigmoid(output, { alpha: 1e30, beta: 0 }))],
);

/** `max(x, 0)`. */
export function relu(x: Value): Value {
  return apply(Relu, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link relu} */
    readonly relu: typeof relu;
  }
}
