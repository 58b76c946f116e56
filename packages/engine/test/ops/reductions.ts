import fc from "fast-check";
import type { ReductionOptions } from "../../src/graph/reduction.ts";
import type { Value } from "../../src/graph/value.ts";
import type { InputSpec, OpCase } from "./checkOp.ts";
import { shape } from "./shapes.ts";

/** Reductions over any axes, named from the front or the end, or over all. */
export function reductionCases(
  reduce: (x: Value, options: ReductionOptions) => Value,
  spec: Omit<InputSpec, "shape"> = {},
): fc.Arbitrary<OpCase> {
  return fc
    .tuple(shape(), fc.boolean(), fc.boolean(), fc.nat())
    .map(([s, all, keepDims, choice]) => {
      const chosen = s.flatMap((_, axis) => {
        if (((choice >> axis) & 1) === 0) return [];
        return [((choice >> (axis + 8)) & 1) === 0 ? axis : axis - s.length];
      });
      const options = all ? { keepDims } : { axes: chosen, keepDims };
      return { inputs: [{ ...spec, shape: s }], build: (x) => reduce(x, options) };
    });
}
