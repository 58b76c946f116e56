import type { ConvAttributes } from "../graph/convolution.ts";
import { constant, type ComputedValue, type Graph, type Value } from "../graph/value.ts";
import { ops } from "../ops/index.ts";
import type { PadAttributes } from "../ops/pad.ts";
import { isFrozen, isOp } from "./match.ts";
import { rewrite } from "./simplify.ts";

/**
 * The same graph with numbers that a map is multiplied with, or that are added to it, before a
 * convolution of frozen kernels taken into its kernels and bias: each is one way through the memory
 * less.
 */
export function foldScales<Output extends string>(graph: Graph<Output>): Graph<Output> {
  return rewrite(graph, (value) =>
    isOp(value, "Conv") && value.inputs.slice(1).every(isFrozen) ? unscaled(value) : value,
  );
}

/** `factor · x + offset`. */
interface Scaled {
  readonly x: Value;
  readonly factor: number;
  readonly offset: number;
}

/** `conv(pad(factor · x + offset))` as `conv(pad(x))` of other kernels. */
function unscaled(conv: ComputedValue): Value {
  const [image, kernels, bias] = conv.inputs as readonly [Value, Value, Value | undefined];
  const border = isOp(image, "Pad") ? image : undefined;
  const { x, factor, offset } = scalesOf(border?.inputs[0] ?? image);
  // Zeros around the image are neither multiplied nor added to; what is repeated there is.
  const addsZeros = (conv.attributes as ConvAttributes).pads.some((side) => side > 0);
  const isFramed = border !== undefined && (border.attributes as PadAttributes).mode === "constant";
  if (x === image || isFramed || (addsZeros && offset !== 0)) return conv;
  const padded = border === undefined ? x : { ...border, inputs: [x] };
  const sums = ops.reduceSum(kernels, { axes: [1, 2, 3] });
  const added = ops.mul(sums, constant(offset));
  const shifted = bias === undefined ? added : ops.add(bias, added);
  const factors = ops.mul(kernels, constant(factor));
  return {
    ...conv,
    inputs: [padded, factors, ...(offset === 0 ? conv.inputs.slice(2) : [shifted])],
  };
}

/** What sums and products with numbers, one after the other, make of a value. */
function scalesOf(value: Value): Scaled {
  const step = stepOf(value);
  if (step === undefined) return { x: value, factor: 1, offset: 0 };
  const before = scalesOf(step.x);
  return {
    x: before.x,
    factor: before.factor * step.factor,
    offset: before.offset * step.factor + step.offset,
  };
}

function stepOf(value: Value): Scaled | undefined {
  if (value.kind !== "computed") return undefined;
  const [x, y] = value.inputs;
  if (y?.kind !== "constant" || y.shape.length > 0) return undefined;
  const number = Number(y.tensor.data[0]);
  const steps: Readonly<Record<string, Omit<Scaled, "x">>> = {
    Add: { factor: 1, offset: number },
    Sub: { factor: 1, offset: -number },
    Mul: { factor: number, offset: 0 },
  };
  const step = steps[value.op.name];
  return step && { x: x!, ...step };
}
