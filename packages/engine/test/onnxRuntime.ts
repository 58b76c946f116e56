import * as ort from "onnxruntime-node";
import { encodeGraph } from "../src/onnx/emit.ts";
import type { Graph } from "../src/graph/value.ts";
import { denseOf, type Dense } from "../src/tensor/dense.ts";
import type { DType } from "../src/tensor/dtype.ts";
import { tensorOf, type Tensor } from "../src/tensor/tensor.ts";

/** Runs a graph on onnxruntime's CPU provider, node by node as written (no optimisations). */
export async function runOnnx(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Dense>> {
  const inputs = Object.keys(graph.inputs).map((name) => [name, feeds[name]!] as const);
  return runModel(encodeGraph(graph), Object.fromEntries(inputs));
}

/** Runs the bytes of an ONNX file in the same way. */
export async function runModel(
  model: Uint8Array,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Dense>> {
  const session = await ort.InferenceSession.create(model, {
    graphOptimizationLevel: "disabled",
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const inputs = Object.entries(feeds).map(([name, tensor]) => [name, ortTensor(tensor)] as const);
  const results = await session.run(Object.fromEntries(inputs));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, { type, data, dims }]) => [
      name,
      denseOf(tensorOf(type as DType, data as never, dims)),
    ]),
  );
}

function ortTensor({ dtype, data, shape }: Tensor): ort.Tensor {
  return new ort.Tensor(dtype as "float32", data as Float32Array, [...shape]);
}
