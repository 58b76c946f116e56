import { Div, div } from "../../src/ops/div.ts";
import { checkOp } from "./checkOp.ts";
import { broadcastingShapes } from "./shapes.ts";

checkOp({
  op: Div,
  cases: broadcastingShapes.map(([a, b]) => ({
    inputs: [{ shape: a }, { shape: b, range: [0.5, 2] }],
    build: (x, y) => div(x, y),
  })),
});
