import { apply, defineOp } from "../graph/op.ts";
import type { Value } from "../graph/value.ts";

/** The same tensor, which no gradient passes. */
export const StopGradient = defineOp({
  name: "StopGradient",
  infer: ([x]) => ({ dtype: x!.dtype, shape: x!.shape }),
  emit: (emitter, inputs) => emitter.node("Identity", inputs),
  vjp: "no gradient",
  meaning: ([x]) => x!,
});

/** `x`, treated as a constant by gradients: what depends on it only through here has none. */
export function stopGradient(x: Value): Value {
  return apply(StopGradient, [x], {});
}

declare module "../graph/op.ts" {
  interface Ops {
    /** {@link stopGradient} */
    readonly stopGradient: typeof stopGradient;
  }
}
