import { GraphError, ShapeError } from "../errors.ts";
import { shapeWithOnes } from "../graph/reduction.ts";
import { constant, sortedValues, type ComputedValue, type Value } from "../graph/value.ts";
import { ops } from "../ops/index.ts";
import { equalDims, equalShapes, formatShape, type Shape } from "../tensor/dim.ts";

/**
 * Gradients of a scalar by any values of its graph, as values of a larger graph.
 *
 * Reverse accumulation: rules of the operations build the graph backwards, and only on paths from
 * `wrt` to `loss`, so that frozen weights cost nothing. The result is an ordinary graph: it can be
 * simplified, printed, written as ONNX and differentiated again.
 *
 * @param loss - a scalar, shape `[]`
 * @param wrt - values that the loss depends on: inputs, constants or computed ones
 * @returns one gradient for each of `wrt`, of its shape
 * @throws {GraphError} if the loss is no scalar, does not depend on one of `wrt`, or does so only
 *   through operations that have no gradient
 */
export function gradient(loss: Value, wrt: readonly Value[]): Value[] {
  if (loss.shape.length !== 0)
    throw new GraphError(
      `gradient needs a scalar loss of shape []; got ${formatShape(loss.shape)}. Use reduceSum or reduceMean.`,
    );
  const path = valuesOnPaths(loss, new Set(wrt));
  const gradients = new Map<Value, Value>([[loss, constant(1)]]);
  for (const value of [...path].reverse()) {
    const g = gradients.get(value);
    if (g === undefined || value.kind !== "computed") continue;
    for (const [input, contribution] of contributions(value, g, path)) {
      const known = gradients.get(input);
      gradients.set(input, known === undefined ? contribution : ops.add(known, contribution));
    }
  }
  return wrt.map((value, i) => {
    const g = path.has(value) ? gradients.get(value) : undefined;
    if (g === undefined)
      throw new GraphError(
        `the loss does not depend on value ${i} of wrt, or only through operations without a gradient. Leave it out.`,
      );
    return g;
  });
}

/** The values between `wrt` and `loss`, both included, inputs before users. */
function valuesOnPaths(loss: Value, wrt: ReadonlySet<Value>): ReadonlySet<Value> {
  const path = new Set<Value>();
  for (const value of sortedValues([loss])) {
    const depends = value.kind === "computed" && value.inputs.some((input) => path.has(input));
    if (depends || wrt.has(value)) path.add(value);
  }
  return path;
}

/** What one operation passes on to those of its inputs that lie on a path. */
function contributions(
  value: ComputedValue,
  g: Value,
  path: ReadonlySet<Value>,
): (readonly [Value, Value])[] {
  const { op, inputs, attributes } = value;
  if (op.vjp === "no gradient") return [];
  const thunks = op.vjp({ g, inputs, output: value, attributes, ops });
  return inputs.flatMap((input, i) => {
    const thunk = thunks[i];
    if (!path.has(input) || thunk === undefined || thunk === "no gradient") return [];
    const contribution = sumToShape(thunk(), input.shape);
    if (!equalShapes(contribution.shape, input.shape))
      throw new ShapeError(
        `gradient rule of ${op.name} gave ${formatShape(contribution.shape)} for input ${i} of shape ${formatShape(input.shape)}. This is a fault of the rule.`,
      );
    return [[input, contribution] as const];
  });
}

/** Undoes broadcasting: sums a gradient over the axes along which its value was repeated. */
function sumToShape(g: Value, shape: Shape): Value {
  if (equalShapes(g.shape, shape)) return g;
  const extra = g.shape.length - shape.length;
  const axes = g.shape.flatMap((dim, axis) => {
    const target = shape[axis - extra] ?? 1;
    return axis < extra || (target === 1 && !equalDims(dim, 1)) ? [axis] : [];
  });
  const summed = axes.length === 0 ? g : ops.reduceSum(g, { axes });
  const kept = shapeWithOnes(g.shape, axes).slice(extra);
  return ops.reshape(summed, kept);
}
