import {
  createGraph,
  sortedValues,
  type ComputedValue,
  type Graph,
  type Value,
} from "../graph/value.ts";
import { formatAttributes } from "../graph/print.ts";
import { broadcastShapes } from "../graph/shapeRules.ts";
import type { PadAttributes } from "../ops/pad.ts";
import { equalShapes } from "../tensor/dim.ts";
import { isOp } from "./match.ts";

/**
 * The same graph with repeated subexpressions computed once, and without steps that change nothing.
 * What no output depends on is not part of a graph in the first place.
 */
export function simplify<Output extends string>(graph: Graph<Output>): Graph<Output> {
  const seen = new Map<string, Value>();
  const ids = new Map<unknown, number>();
  return rewrite(graph, (value) => {
    if (value.kind === "input") return value;
    const simple = value.kind === "computed" ? shortcut(value) : value;
    const key = structureOf(simple, ids);
    const known = seen.get(key);
    if (known !== undefined) return known;
    seen.set(key, simple);
    return simple;
  });
}

/**
 * A graph with every value replaced by what `replace` makes of it, inputs before users: the value
 * given to `replace` already has replaced inputs.
 */
export function rewrite<Output extends string>(
  graph: Graph<Output>,
  replace: (value: Value) => Value,
): Graph<Output> {
  const replaced = new Map<Value, Value>();
  for (const value of sortedValues(Object.values<Value>(graph.outputs))) {
    replaced.set(value, replace(withInputs(value, replaced)));
  }
  const outputs = Object.entries<Value>(graph.outputs).map(
    ([name, value]) => [name, replaced.get(value)!] as const,
  );
  return createGraph(Object.fromEntries(outputs) as Record<Output, Value>);
}

function withInputs(value: Value, replaced: ReadonlyMap<Value, Value>): Value {
  if (value.kind !== "computed") return value;
  const inputs = value.inputs.map((input) => replaced.get(input)!);
  return inputs.every((input, i) => input === value.inputs[i]) ? value : { ...value, inputs };
}

/**
 * Skips reshapes of reshapes, repeats that the operation after them does by itself, and borders that
 * only widen the one before them.
 */
function shortcut(value: ComputedValue): Value {
  const [x, y] = value.inputs;
  if (value.op.name === "Reshape" && isOp(x, "Reshape")) {
    const [source] = x.inputs;
    return equalShapes(source!.shape, value.shape) ? source! : { ...value, inputs: [source!] };
  }
  if (isOp(value, "Pad") && isOp(x, "Pad")) return joinedBorders(value, x) ?? value;
  if (["Add", "Sub", "Mul", "Div"].includes(value.op.name)) {
    const [a, b] = [beforeExpand(x!), beforeExpand(y!)];
    for (const inputs of [
      [a, b],
      [a, y!],
      [x!, b],
    ] as const) {
      if (equalShapes(broadcastShapes(inputs[0].shape, inputs[1].shape), value.shape))
        return { ...value, inputs };
    }
  }
  return value;
}

/** A border around a border as one, where the inner repeats the edge and all that the outer shows is it. */
function joinedBorders(outer: ComputedValue, inner: ComputedValue): Value | undefined {
  const { pads: added, mode } = outer.attributes as PadAttributes;
  const { pads, mode: innerMode, value } = inner.attributes as PadAttributes;
  const shows = added.every((side, i) => side <= pads[i]! || mode === "replicate");
  if (innerMode !== "replicate" || mode === "constant" || !shows) return undefined;
  const attributes: PadAttributes = {
    pads: pads.map((side, i) => side + added[i]!),
    mode: "replicate",
    value,
  };
  return { ...outer, inputs: [inner.inputs[0]!], attributes };
}

function beforeExpand(value: Value): Value {
  return isOp(value, "Expand") ? value.inputs[0]! : value;
}

/** A text that two values share exactly when they compute the same from the same values. */
function structureOf(value: Value, ids: Map<unknown, number>): string {
  if (value.kind === "input") return `input ${value.name}`;
  if (value.kind === "constant") {
    const { tensor, name } = value;
    // Equal numbers are one, unless they have names by which someone may look for them.
    return tensor.data.length <= 64 && name === undefined
      ? `${tensor.dtype}[${tensor.shape.join()}]${tensor.data.join()}`
      : `constant ${idOf(tensor, ids)}`;
  }
  const inputs = value.inputs.map((input) => idOf(input, ids));
  return `${value.op.name}(${inputs.join()})${formatAttributes(value.attributes)}`;
}

function idOf(thing: unknown, ids: Map<unknown, number>): number {
  const id = ids.get(thing) ?? ids.size;
  ids.set(thing, id);
  return id;
}
