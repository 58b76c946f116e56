import {
  GraphError,
  sortedValues,
  type ComputedValue,
  type ConvAttributes,
  type PadAttributes,
  type PoolAttributes,
  type SliceAttributes,
  type Value,
} from "@deepstyle/engine";

/** What the positions of a map see of an image along one axis. */
export interface Sight {
  /** Pixels from one position to the next. */
  readonly stride: number;
  /** Position p sees pixels from `stride · p − before` … */
  readonly before: number;
  /** … to `stride · p + after`. */
  readonly after: number;
}

/** {@link Sight} by axis. */
export interface MapSight {
  readonly rows: Sight;
  readonly columns: Sight;
}

const rowAxis = 2;
const columnAxis = 3;

/**
 * What a map sees of an image, read off the graph that leads from the one to the other: any encoder
 * and any loss on pictures can so be computed on tiles.
 *
 * @param map - `[n, c, h, w]`, computed from `image`
 * @throws {GraphError} if the graph has an operation of which it is not known where it looks
 */
export function sightOf(map: Value, image: Value): MapSight {
  return { rows: sightAlong(rowAxis, map, image), columns: sightAlong(columnAxis, map, image) };
}

function sightAlong(axis: number, map: Value, image: Value): Sight {
  const sights = new Map<Value, Sight>([[image, { stride: 1, before: 0, after: 0 }]]);
  for (const value of sortedValues([map])) {
    if (value.kind !== "computed" || value === image) continue;
    // Weights see nothing.
    const seen = value.inputs
      .map((input) => sights.get(input))
      .filter((sight) => sight !== undefined);
    if (seen.length === 0) continue;
    const look = looks[value.op.name];
    if (look === undefined)
      throw new GraphError(
        `it is not known where ${value.op.name} looks, so that pictures cannot be computed on tiles: expected one of ${Object.keys(looks).join(", ")}.`,
      );
    sights.set(value, through(joined(seen), look(value, axis)));
  }
  return sights.get(map)!;
}

/** Position p of a result looks at positions `stride · p + from` to `stride · p + to` of the input. */
interface Look {
  readonly stride: number;
  readonly from: number;
  readonly to: number;
}

/** How a result looks at its input along an axis. */
type LookOf = (value: ComputedValue, axis: number) => Look;

const straightAhead: LookOf = () => ({ stride: 1, from: 0, to: 0 });

const throughWindow: LookOf = ({ attributes }, axis) => {
  const { kernel, strides, pads } = attributes as unknown as PoolAttributes;
  const i = axis - rowAxis;
  return { stride: strides[i]!, from: -pads[i]!, to: kernel[i]! - 1 - pads[i]! };
};

const throughKernel: LookOf = ({ attributes, inputs }, axis) => {
  const { strides, pads, dilations } = attributes as unknown as ConvAttributes;
  const i = axis - rowAxis;
  const reach = ((inputs[1]!.shape[axis] as number) - 1) * dilations[i]!;
  return { stride: strides[i]!, from: -pads[i]!, to: reach - pads[i]! };
};

/** Operations by name; what is not here may look anywhere. */
const looks: Readonly<Record<string, LookOf>> = {
  Add: straightAhead,
  Sub: straightAhead,
  Mul: straightAhead,
  Relu: straightAhead,
  Concat: straightAhead,
  LocalResponseNormalization: straightAhead,
  // Over channels; the mean over positions is no map.
  ReduceMean: straightAhead,
  MaxPool: throughWindow,
  AveragePool: throughWindow,
  LpPool: throughWindow,
  Conv: throughKernel,
  Pad: ({ attributes }, axis) => {
    const before = (attributes as unknown as PadAttributes).pads[axis]!;
    return { stride: 1, from: -before, to: -before };
  },
  Slice: ({ attributes }, axis) => {
    const { axes, starts, steps } = attributes as unknown as SliceAttributes;
    const i = axes.indexOf(axis);
    const start = i < 0 ? 0 : starts[i]!;
    return { stride: i < 0 ? 1 : steps[i]!, from: start, to: start };
  },
};

function through({ stride, before, after }: Sight, look: Look): Sight {
  return {
    stride: stride * look.stride,
    before: before - stride * look.from,
    after: after + stride * look.to,
  };
}

function joined(sights: readonly Sight[]): Sight {
  return {
    stride: Math.max(...sights.map(({ stride }) => stride)),
    before: Math.max(...sights.map(({ before }) => before)),
    after: Math.max(...sights.map(({ after }) => after)),
  };
}
