import { GraphError } from "../errors.ts";
import type { ImageAxis, ReceptiveField } from "./op.ts";
import { sortedValues, type Value } from "./value.ts";

/** {@link ReceptiveField} by axis. */
export interface MapField {
  readonly rows: ReceptiveField;
  readonly columns: ReceptiveField;
}

/**
 * The receptive field of a map's positions in an image, away from its edges, read off the graph that leads from the one
 * to the other: any encoder and any loss on pictures can so be computed on tiles.
 *
 * @param map - `[n, c, h, w]`, computed from `image`
 * @throws {GraphError} if the graph has an operation whose positions may depend on anything
 */
export function receptiveField(map: Value, image: Value): MapField {
  return { rows: fieldAlong(2, map, image), columns: fieldAlong(3, map, image) };
}

function fieldAlong(axis: ImageAxis, map: Value, image: Value): ReceptiveField {
  const fields = new Map<Value, ReceptiveField>([[image, { stride: 1, from: 0, to: 0 }]]);
  for (const value of sortedValues([map])) {
    if (value.kind !== "computed" || value === image) continue;
    const { op, attributes, inputs } = value;
    // Weights do not depend on the image.
    const ofInputs = inputs
      .map((input) => fields.get(input))
      .filter((field) => field !== undefined);
    if (ofInputs.length === 0) continue;
    const own = op.receptiveField?.(axis, attributes, inputs);
    if (own === undefined)
      throw new GraphError(
        `positions of ${op.name} may depend on any part of the image, so that it cannot be computed on tiles: expected operations with a receptive field.`,
      );
    fields.set(value, through(union(ofInputs), own));
  }
  return fields.get(map)!;
}

/** The field, in the image, of a map whose positions have the field `own` in a map with the field `outer`. */
function through(outer: ReceptiveField, own: ReceptiveField): ReceptiveField {
  return {
    stride: outer.stride * own.stride,
    from: outer.from + outer.stride * own.from,
    to: outer.to + outer.stride * own.to,
  };
}

function union(fields: readonly ReceptiveField[]): ReceptiveField {
  return {
    stride: Math.max(...fields.map(({ stride }) => stride)),
    from: Math.min(...fields.map(({ from }) => from)),
    to: Math.max(...fields.map(({ to }) => to)),
  };
}
