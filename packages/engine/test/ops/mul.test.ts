import { Mul, mul } from "../../src/ops/mul.ts";
import { checkOp } from "./checkOp.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Mul,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [{ shape: a }, { shape: b }],
    build: (x, y) => mul(x, y),
  })),
});
