import { GraphError } from "../errors.ts";
import { inputsOf, sortedValues, type Graph, type InputValue, type Value } from "../graph/value.ts";
import { denseOf, type Dense } from "../tensor/dense.ts";
import { formatShape } from "../tensor/dim.ts";

/**
 * Computes a graph in float64 from the plain meaning of each operation.
 *
 * Slow, exact and without any runtime: what tests hold ONNX Runtime and gradient rules against.
 *
 * @param feeds - one array for each input of the graph
 * @throws {GraphError} if a feed is missing or has another shape than its input
 */
export function evaluate<Output extends string>(
  graph: Graph<Output>,
  feeds: Readonly<Record<string, Dense>>,
): Record<Output, Dense> {
  const results = new Map<Value, Dense>();
  for (const value of sortedValues(Object.values<Value>(graph.outputs))) {
    results.set(value, resultOf(value, feeds, results));
  }
  const outputs = Object.entries<Value>(graph.outputs).map(
    ([name, value]) => [name, results.get(value)!] as const,
  );
  return Object.fromEntries(outputs) as Record<Output, Dense>;
}

function resultOf(
  value: Value,
  feeds: Readonly<Record<string, Dense>>,
  results: ReadonlyMap<Value, Dense>,
): Dense {
  if (value.kind === "constant") return denseOf(value.tensor);
  if (value.kind === "input") return checkedFeed(value, feeds[value.name]);
  const inputs = inputsOf(value).map((input) => results.get(input)!);
  return value.op.meaning(inputs, value.attributes, value);
}

function checkedFeed(input: InputValue, feed: Dense | undefined): Dense {
  const fits =
    feed?.shape.length === input.shape.length &&
    input.shape.every((dim, axis) => typeof dim !== "number" || dim === feed.shape[axis]);
  if (feed === undefined || !fits)
    throw new GraphError(
      `input "${input.name}" needs ${formatShape(input.shape)}; got ${feed === undefined ? "nothing" : formatShape(feed.shape)}.`,
    );
  return feed;
}
