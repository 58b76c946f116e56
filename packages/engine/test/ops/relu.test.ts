import { Relu, relu } from "../../src/ops/relu.ts";
import { checkOp } from "./checkOp.ts";
import { shape } from "./shapes.ts";

checkOp({
  op: Relu,
  cases: shape().map((s) => ({ inputs: [{ shape: s, apart: 0.01 }], build: (x) => relu(x) })),
});
