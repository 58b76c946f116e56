import {
  constant,
  createGraph,
  input,
  ops,
  tensor,
  type Feeds,
  type Graph,
  type InputValue,
  type Runtime,
} from "@deepstyle/engine";
import { OptionError, WeightsError } from "../errors.ts";
import { cutPlanes, pastePlanes, type Area } from "../image/area.ts";
import { blend } from "../image/blend.ts";
import { fillInvisible, fillTransparent } from "../image/fillTransparent.ts";
import { largestGrain, usualGrain, withGrain } from "../image/grain.ts";
import { boundsOf, opacityOf } from "../image/mask.ts";
import { expectRaster, fitLongSide, type Raster, type Size } from "../image/raster.ts";
import { resize } from "../image/resize.ts";
import type { Architecture } from "../nets/architecture.ts";
import type { SingleStyleNetwork } from "../nets/mixture.ts";
import { constantValues, networkGraph } from "../nets/networkFile.ts";
import { weightedInstanceNorm } from "../nets/normalise.ts";
import { transformer } from "../nets/transformer.ts";
import { isFiniteVector } from "../algebra/finite.ts";
import { paintColours, recoloured, settleColours, type ColourChoice } from "../colour/colouring.ts";
import type { SharesEvent, WarningEvent } from "../methods/events.ts";
import { expectTileFits, networkMemory, tileWithin } from "./networkMemory.ts";
import { largestSize } from "../options/option.ts";
import { paintTiles } from "./paintTiles.ts";
import { positionWeights, type PositionWeights } from "./positionWeights.ts";

/** What {@link paint} does with a photo. */
export interface PaintOptions extends ColourChoice {
  /** Longer side of the result in pixels; the photo's own if left out. */
  readonly size?: number | undefined;
  /** From 0, the photo, to 1, all that the network makes of it; blends pixels. 1 if left out. */
  readonly strength?: number | undefined;
  /**
   * Deviation of the grain that calm parts of the photo get before they are painted, in steps of 1/255, from 0;
   * see {@link withGrain}. {@link usualGrain} if left out; 0 for frames of a film, where it would stand still.
   */
  readonly grain?: number | undefined;
  /**
   * Side of the tiles in pixels that the picture is worked through in; null for none. Chosen by
   * `memory` if left out.
   */
  readonly tile?: number | null | undefined;
  /**
   * Bytes that may be used, process included; a picture that would need more is painted in tiles. No limit if
   * left out.
   */
  readonly memory?: number | undefined;
  /** Bytes of `memory` that are used only where it cannot be done without; 0 if left out. */
  readonly spare?: number | undefined;
  /** Bytes of `memory` that whoever calls takes besides; 0 if left out. */
  readonly besides?: number | undefined;
  /** Ends the work; with tiles, before the next one. */
  readonly signal?: AbortSignal | undefined;
  /** Told how it goes. */
  readonly onEvent?: ((event: PaintEvent) => void) | undefined;
}

/** What happens while a network paints. */
export type PaintEvent =
  | SharesEvent
  | WarningEvent
  | {
      /** What is going to be done. */
      readonly kind: "paint";
      readonly width: number;
      readonly height: number;
      /** Side of the tiles in pixels; null where the picture is painted at once. */
      readonly tile: number | null;
      /** Expected peak of memory in bytes, process included. */
      readonly bytes: number;
    }
  | {
      /** A tile is done; each part of the picture is visited several times. */
      readonly kind: "tile";
      readonly done: number;
      readonly of: number;
    };

/** What a network made of a photo. */
export interface PaintResult {
  /** Has the photo's transparency, if any. */
  readonly picture: Raster;
  /** Side of the tiles in pixels; null where the picture was painted at once. */
  readonly tile: number | null;
  readonly seconds: number;
}

/**
 * Paints a photo with a network in one pass. A picture too large for the memory at hand is painted in
 * tiles, with the same result up to rounding.
 *
 * Of a photo with transparency the rectangle around what is visible is painted. What is behind transparency is
 * filled from around it, and does not count in what the network normalises with.
 *
 * @param runtime - where to compute; one that keeps idle programs paints further photos sooner
 * @param network - of one style; see `mixStyles`
 * @param photo - any size from 1×1
 * @throws {OptionError} if an option is out of its range, the photo is none, the network's weights are not
 *   finite, or the picture does not fit in memory even in tiles; the message says what size does
 * @throws {WeightsError} if the weights are so large that what the network paints is not finite
 * @throws what `signal` was aborted with
 */
export async function paint(
  runtime: Runtime,
  network: SingleStyleNetwork,
  photo: Raster,
  options: PaintOptions = {},
): Promise<PaintResult> {
  const { size, strength = 1, grain = usualGrain, signal, onEvent } = options;
  const { preserveColor, colorMatching, palette } = options;
  const started = performance.now();
  expectPaintOptions(options);
  expectRaster(photo, "the photo");
  const colours = settleColours(paintColours.parse({ preserveColor, colorMatching, palette }));
  const { architecture } = network;
  const { width, height } = size === undefined ? photo : fitLongSide(photo, size);
  // What cannot be done is said before memory is taken for it.
  tileOf(architecture, { width, height }, options);
  const source = size === undefined ? photo : resize(photo, { width, height });
  const area = visibleArea(source);
  const own = area === undefined ? source : cutOut(source, area);
  const part = fillTransparent(own);
  const tile = tileOf(architecture, part, options);
  const bytes = (options.besides ?? 0) + networkMemory(architecture, part, tile);
  onEvent?.({ kind: "paint", width, height, tile, bytes });
  signal?.throwIfAborted();
  const onTile = (done: number, of: number): void => onEvent?.({ kind: "tile", done, of });
  const seen = withGrain(part, grain);
  const positions = positionsOf(network, seen);
  const painted =
    tile === null
      ? await paintAtOnce(runtime, network, seen, positions)
      : await paintTiles(runtime, network, seen, { side: tile, positions, signal, onTile });
  signal?.throwIfAborted();
  if (!isFiniteVector(painted.data))
    throw new WeightsError(
      "the network paints values that are not finite: its weights are too large. Take another network.",
    );
  const { alpha } = part;
  const result = recoloured({ ...painted, ...(alpha && { alpha }) }, part, colours);
  const finished = strength === 1 ? result : blend(own, result, strength);
  const picture = area === undefined ? finished : pasted(source, area, finished);
  return { picture, tile, seconds: (performance.now() - started) / 1000 };
}

function tileOf(
  architecture: Architecture,
  size: Size,
  { tile, memory = Infinity, spare, besides }: PaintOptions,
): number | null {
  if (tile === undefined) return tileWithin(architecture, size, { memory, spare, besides });
  expectTileFits(architecture, size, tile, { memory, besides });
  return tile;
}

/** The rectangle around what is visible of a picture with transparency; all of it where nothing is. */
function visibleArea(picture: Raster): Area | undefined {
  const { width, height } = picture;
  const opacity = opacityOf(picture);
  const whole = { rows: { from: 0, to: height }, columns: { from: 0, to: width } };
  return opacity && (boundsOf(opacity) ?? whole);
}

function cutOut(picture: Raster, area: Area): Raster {
  const { rows, columns } = area;
  return {
    width: columns.to - columns.from,
    height: rows.to - rows.from,
    data: cutPlanes(picture.data, picture, area),
    ...(picture.alpha && { alpha: cutPlanes(picture.alpha, picture, area) }),
  };
}

/** A picture with a finished part in place of what is visible of it. */
function pasted(picture: Raster, area: Area, part: Raster): Raster {
  const data = picture.data.slice();
  pastePlanes(data, picture, area, part.data);
  return fillInvisible({ ...picture, data });
}

/** How much positions count, where they do not all alike. */
function positionsOf(
  { architecture }: SingleStyleNetwork,
  picture: Raster,
): PositionWeights | undefined {
  const opacity = architecture.norm === "instance" ? opacityOf(picture) : undefined;
  const isSeen = opacity?.data.some((value) => value > 0) === true;
  return isSeen ? positionWeights(architecture, opacity) : undefined;
}

async function paintAtOnce(
  runtime: Runtime,
  network: SingleStyleNetwork,
  { width, height, data }: Raster,
  positions: PositionWeights | undefined,
): Promise<Raster> {
  const image = tensor(data, [1, 3, height, width]);
  const { graph, weights } =
    positions === undefined
      ? { graph: graphOf(network), weights: {} }
      : weightedGraph(network, { width, height }, positions);
  const program = await runtime.compile(graph);
  try {
    const { stylized } = await program.run({ image, ...weights });
    return { width, height, data: stylized.data as Float32Array };
  } finally {
    await program.dispose();
  }
}

/** The graph of a network for pictures of one size whose positions do not all count alike, and their weights. */
function weightedGraph(
  network: SingleStyleNetwork,
  { width, height }: Size,
  positions: PositionWeights,
): { readonly graph: Graph<"stylized">; readonly weights: Feeds } {
  const inputs = new Map<string, InputValue>();
  const feeds: Record<string, Feeds[string]> = {};
  const weightsOf = (size: Size): InputValue => {
    const name = `weights.${size.height}x${size.width}`;
    const shape = [1, 1, size.height, size.width];
    const known = inputs.get(name) ?? input(name, shape);
    inputs.set(name, known);
    feeds[name] ??= tensor(positions(size).data, shape);
    return known;
  };
  const normalise = weightedInstanceNorm(constant(tensor([1], [1, 1])), (_, [rows, columns]) =>
    weightsOf({ width: columns, height: rows }),
  );
  const image = input("image", [1, 3, height, width]);
  const result = transformer(network.architecture, image, constantValues(network), normalise);
  const stylized = ops.clip(result, { min: 0, max: 1 });
  return { graph: createGraph({ stylized }), weights: feeds };
}

const graphs = new WeakMap<SingleStyleNetwork, ReturnType<typeof networkGraph>>();

/** One graph for each network, by which a runtime knows the program again. */
function graphOf(network: SingleStyleNetwork): ReturnType<typeof networkGraph> {
  const known = graphs.get(network) ?? networkGraph(network);
  graphs.set(network, known);
  return known;
}

function expectPaintOptions({ size, strength, grain, tile }: PaintOptions): void {
  const isWhole = (value: number): boolean =>
    Number.isInteger(value) && value >= 1 && value <= largestSize;
  if (size !== undefined && !isWhole(size))
    throw new OptionError(`size must be a whole number from 1 to ${largestSize}; got ${size}.`);
  if (strength !== undefined && !(strength >= 0 && strength <= 1))
    throw new OptionError(`strength must be a number from 0 to 1; got ${strength}.`);
  if (grain !== undefined && !(grain >= 0 && grain <= largestGrain))
    throw new OptionError(`grain must be a number from 0 to ${largestGrain}; got ${grain}.`);
  if (typeof tile === "number" && !isWhole(tile))
    throw new OptionError(
      `tile must be a whole number from 1 to ${largestSize}, or null; got ${tile}.`,
    );
}
