import { formatShape, type Shape } from "../tensor/dim.ts";
import { sortedValues, type Attributes, type Graph, type Value } from "./value.ts";

/**
 * A graph as text that a person can read, one value a line:
 *
 * ```
 * graph(x: float32[1, 3, h, w]) {
 *   %0 = Conv(x, weight) { group: 1, pads: [1, 1, 1, 1] }: float32[1, 64, h, w]
 *   return y: %0
 * }
 * ```
 */
export function printGraph(graph: Graph): string {
  const names = new Map<Value, string>();
  const lines: string[] = [];
  let computed = 0;
  for (const value of sortedValues(Object.values<Value>(graph.outputs))) {
    if (value.kind === "input") names.set(value, value.name);
    else if (value.kind === "constant") names.set(value, constantName(value));
    else {
      const name = `%${computed++}`;
      names.set(value, name);
      const inputs = value.inputs.map((operand) => names.get(operand)!).join(", ");
      const attributes = formatAttributes(value.attributes);
      lines.push(
        `  ${name} = ${value.op.name}(${inputs})${attributes && ` ${attributes}`}: ${formatType(value)}`,
      );
    }
  }
  const inputs = Object.values(graph.inputs).map((value) => `${value.name}: ${formatType(value)}`);
  const outputs = Object.entries<Value>(graph.outputs).map(
    ([name, value]) => `${name}: ${names.get(value)!}`,
  );
  return [`graph(${inputs.join(", ")}) {`, ...lines, `  return ${outputs.join(", ")}`, "}"].join(
    "\n",
  );
}

/** Attributes in a fixed order, `{ axes: [0, 1], keepDims: true }`; empty where there are none. */
export function formatAttributes(attributes: Attributes): string {
  const parts = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}: ${formatAttribute(value!)}`);
  return parts.length === 0 ? "" : `{ ${parts.join(", ")} }`;
}

function formatAttribute(value: number | string | boolean | Shape): string {
  return typeof value === "object" ? formatShape(value) : String(value);
}

function formatType({ dtype, shape }: Value): string {
  return `${dtype}${formatShape(shape)}`;
}

function constantName(value: Value & { kind: "constant" }): string {
  if (value.name !== undefined) return value.name;
  if (value.tensor.data.length === 1) return String(value.tensor.data[0]!);
  return `constant ${formatType(value)}`;
}
