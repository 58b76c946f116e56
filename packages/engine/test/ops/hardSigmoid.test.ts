import fc from "fast-check";
import { expect, test } from "vitest";
import { constant } from "../../src/graph/value.ts";
import { hardSigmoid, HardSigmoid } from "../../src/ops/hardSigmoid.ts";
import { tensor } from "../../src/tensor/tensor.ts";
import { checkOp } from "./checkOp.ts";
import { numbersOf, pulledBack } from "./numbers.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: HardSigmoid,
  // The ramp's ends, -beta/alpha and (1 - beta)/alpha, lie between the inputs, multiples of 0.01.
  cases: fc
    .tuple(shape(), fc.constantFrom([0.8, 0.5], [2, 0.25], [-1.6, 0.3], [40, 0.3]))
    .map(([s, [alpha, beta]]) => ({
      inputs: [{ shape: s, apart: 0.01 }],
      build: (x) => hardSigmoid(x, { alpha: alpha, beta: beta }),
    })),
});

test("the gradient is alpha on the ramp and 0 on the flat ends", () => {
  const x = constant(tensor([-2, -0.5, 0.5, 2]));
  const y = hardSigmoid(x, { alpha: 0.5, beta: 0.5 });
  expect(numbersOf(y)).toEqual([0, 0.25, 0.75, 1]);
  expect(pulledBack(tensor([1, 2, 4, 8]), y, x)).toEqual([0, 1, 2, 0]);
});
