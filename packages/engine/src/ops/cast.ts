import { apply, defineOp } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

import { mapDense } from "../tensor/dense.ts";
import { dtypeCodes, type DType } from "../tensor/dtype.ts";

/** The element type to convert to. */
export type CastAttributes = Readonly<{ to: DType }>;

/** Conversion to another element type. */
export const Cast = defineOp<CastAttributes>({
  name: "Cast",
  infer: ([x], { to }) => ({ dtype: to, shape: x!.shape }),
  emit: (emitter, inputs, _, { to }) => emitter.node("Cast", inputs, { to: dtypeCodes[to] }),
  vjp: ({ g, inputs: [x], attributes: { to }, ops }) => [
    isFloat(x!.dtype) && isFloat(to) ? () => ops.cast(g, x!.dtype) : "no gradient",
  ],
  meaning: ([x], { to }) => {
    if (to === "bool") return mapDense(x!, (value) => Number(value !== 0));
    return isFloat(to) ? x! : mapDense(x!, Math.trunc);
  },
});

/**
 * The same numbers as another element type. Whole-number types cut off the fraction, bool is
 * whether a number is not 0; only between floats is there a gradient.
 */
export function cast(x: Value, to: DType): Value {
  return x.dtype === to ? x : apply(Cast, [x], { to });
}

function isFloat(dtype: DType): boolean {
  return dtype.startsWith("float");
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link cast} */
    readonly cast: typeof cast;
  }
}
