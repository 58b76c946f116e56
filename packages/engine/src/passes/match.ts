import type { ComputedValue, Value } from "../graph/value.ts";

/** Whether a value is computed by an operation of this name. */
export function isOp(value: Value | undefined, name: string): value is ComputedValue {
  return value?.kind === "computed" && value.op.name === name;
}

/** Whether a value is the same in every run, so that a runtime computes it once, while it loads. */
export function isFrozen(value: Value): boolean {
  return value.kind === "computed" ? value.inputs.every(isFrozen) : value.kind === "constant";
}
