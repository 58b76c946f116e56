import {
  constant,
  createGraph,
  input,
  symbol,
  tensor,
  type Program,
  type Runtime,
  type Tensor,
} from "@deepstyle/engine";
import { cutPlanes, type Span } from "../image/area.ts";
import type { Raster } from "../image/raster.ts";
import type { NetworkLayer } from "../nets/architecture.ts";
import { ChannelSums, type ChannelStatistics } from "../nets/channelStatistics.ts";
import type { SingleStyleNetwork } from "../nets/mixture.ts";
import { constantValues } from "../nets/networkFile.ts";
import { batchNormInference, fixedInstanceNorm, normEpsilon } from "../nets/normalise.ts";
import { marginLeft, marginOf } from "../nets/padding.ts";
import { networkParts, scaleAfter } from "../nets/parts.ts";
import { resultLength, tileSpan, type TileSpan } from "../nets/receptiveField.ts";
import { endsBlock, networkPart } from "../nets/transformer.ts";
import { withMarginAround, type PositionWeights } from "./positionWeights.ts";

/** What {@link paintTiles} works with. */
export interface PaintTilesOptions {
  /** Side of a tile in pixels of the picture. */
  readonly side: number;
  /** How much positions count in the statistics of the picture; all alike if left out. */
  readonly positions?: PositionWeights | undefined;
  /** Ends the work before the next tile. */
  readonly signal?: AbortSignal | undefined;
  /** Told after each tile. */
  readonly onTile?: ((done: number, of: number) => void) | undefined;
}

/** Feature maps of a whole picture. */
interface Maps {
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  /** `[channels, height, width]`. */
  readonly data: Float32Array;
}

/** Work on tiles: some layers, and what becomes of their result. */
interface Pass {
  readonly layers: readonly NetworkLayer[];
  /** Whether only statistics of the last layer are wanted, its maps being too many to keep. */
  readonly measures: boolean;
}

/**
 * A picture by a network in tiles: the same as at once, up to rounding, in a memory that holds the
 * widest feature maps at half the size and no more.
 *
 * Instance normalisation needs statistics of the whole picture, and those of a layer need all layers
 * before it to be done. So the network is worked through in parts, each over all tiles: one layer at
 * a time whose maps are kept, and two where those between would be at full size; they are computed
 * once for their statistics and again for what follows. Each tile has as much around it as its layers
 * look at.
 *
 * @throws what `signal` was aborted with
 */
export async function paintTiles(
  runtime: Runtime,
  network: SingleStyleNetwork,
  photo: Raster,
  { onTile, ...options }: PaintTilesOptions,
): Promise<Raster> {
  const work = new TiledWork(runtime, network, photo, options);
  return await work.run(onTile);
}

class TiledWork {
  readonly #runtime: Runtime;
  readonly #network: SingleStyleNetwork;
  readonly #photo: Raster;
  readonly #side: number;
  readonly #positions: PositionWeights | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #statistics = new Map<string, ChannelStatistics>();
  #onTile: () => void = () => undefined;

  constructor(
    runtime: Runtime,
    network: SingleStyleNetwork,
    photo: Raster,
    { side, positions, signal }: Omit<PaintTilesOptions, "onTile">,
  ) {
    this.#runtime = runtime;
    this.#network = network;
    this.#photo = photo;
    this.#side = side;
    this.#positions = positions;
    this.#signal = signal;
  }

  async run(onTile: PaintTilesOptions["onTile"]): Promise<Raster> {
    const { width, height } = this.#photo;
    const { architecture } = this.#network;
    const parts = networkParts(architecture);
    let maps: Maps = withMargin(this.#photo, marginOf(architecture));
    this.#countTiles(parts, maps, onTile);
    let blockInput: Maps | undefined;
    for (const layers of parts.slice(0, -1)) {
      const last = layers.at(-1)!;
      const result = await this.#mapsAfter(layers, maps);
      if (endsBlock(last)) {
        addInPlace(result, blockInput!);
        blockInput = undefined;
      } else if (last.name.startsWith("block")) {
        blockInput = maps;
      }
      maps = result;
    }
    const raster = { width, height, data: new Float32Array(3 * width * height) };
    const start = marginLeft(architecture);
    await this.#measureInner(parts.at(-1)!, maps);
    await this.#overTiles(
      { layers: parts.at(-1)!, measures: false },
      maps,
      { from: start, to: start + height },
      { from: start, to: start + width },
      (tile, rows, columns, at) => {
        for (let c = 0; c < 3; c++)
          forEachRow(tile, c, rows, columns, at, (values, first, row, length) => {
            const target = (c * height + row - start) * width + columns.from - start;
            for (let i = 0; i < length; i++)
              raster.data[target + i] = Math.min(Math.max(values[first + i]!, 0), 1);
          });
      },
    );
    return raster;
  }

  #countTiles(
    parts: readonly (readonly NetworkLayer[])[],
    { width, height }: Maps,
    onTile: PaintTilesOptions["onTile"],
  ): void {
    if (onTile === undefined) return;
    let size = { width, height };
    let of = 0;
    const lengths = (layers: readonly NetworkLayer[]): { width: number; height: number } => ({
      width: resultLength(layers, size.width),
      height: resultLength(layers, size.height),
    });
    for (const layers of parts) {
      for (const pass of this.#passesOf(layers)) {
        const wanted =
          layers === parts.at(-1) && !pass.measures ? this.#photo : lengths(pass.layers);
        const side = this.#sideAfter(pass.layers);
        of += Math.ceil(wanted.width / side) * Math.ceil(wanted.height / side);
      }
      size = lengths(layers);
    }
    let done = 0;
    this.#onTile = () => {
      onTile(++done, of);
    };
  }

  /** The statistics that have to be known first, then the part itself. */
  #passesOf(layers: readonly NetworkLayer[]): Pass[] {
    const inner =
      this.#network.architecture.norm === "instance" ? layers.slice(0, -1).map((_, i) => i) : [];
    return [
      ...inner.map((i) => ({ layers: layers.slice(0, i + 1), measures: true })),
      { layers, measures: false },
    ];
  }

  /** Maps that a part ends with: normalised, and with the ReLU where there is one. */
  async #mapsAfter(layers: readonly NetworkLayer[], maps: Maps): Promise<Maps> {
    await this.#measureInner(layers, maps);
    const last = layers.at(-1)!;
    const width = resultLength(layers, maps.width);
    const height = resultLength(layers, maps.height);
    const channels = last.outputs;
    const data = new Float32Array(channels * width * height);
    const sums = new ChannelSums(channels);
    const weights = this.#positions?.({ width, height });
    await this.#overTiles(
      { layers, measures: false },
      maps,
      { from: 0, to: height },
      { from: 0, to: width },
      (tile, rows, columns, at) => {
        const part = weights && cutPlanes(weights.data, weights, { rows, columns });
        for (let c = 0; c < channels; c++) {
          forEachRow(tile, c, rows, columns, at, (values, start, row, length) => {
            const target = (c * height + row) * width + columns.from;
            data.set(values.subarray(start, start + length), target);
          });
          addArea(sums, tile, c, rows, columns, at, part);
        }
      },
    );
    const result = { channels, width, height, data };
    normaliseInPlace(result, this.#gains(last, sums.result()), !endsBlock(last));
    return result;
  }

  /** Measures layers of a part whose maps are not kept. */
  async #measureInner(layers: readonly NetworkLayer[], maps: Maps): Promise<void> {
    for (const pass of this.#passesOf(layers).filter(({ measures }) => measures)) {
      const last = pass.layers.at(-1)!;
      const sums = new ChannelSums(last.outputs);
      const width = resultLength(pass.layers, maps.width);
      const height = resultLength(pass.layers, maps.height);
      const weights = this.#positions?.({ width, height });
      await this.#overTiles(
        pass,
        maps,
        { from: 0, to: height },
        { from: 0, to: width },
        (tile, rows, columns, at) => {
          const part = weights && cutPlanes(weights.data, weights, { rows, columns });
          for (let c = 0; c < last.outputs; c++) addArea(sums, tile, c, rows, columns, at, part);
        },
      );
      this.#statistics.set(last.name, sums.result());
    }
  }

  /** What a layer's result is multiplied with and what is added to normalise it. */
  #gains(
    { name }: NetworkLayer,
    measured: ChannelStatistics,
  ): { gain: Float64Array; offset: Float64Array } {
    const { architecture, weights } = this.#network;
    const [scale, shift] = [weights.get(`${name}.scale`)!, weights.get(`${name}.shift`)!];
    const { mean, variance } =
      architecture.norm === "instance"
        ? measured
        : { mean: weights.get(`${name}.mean`)!, variance: weights.get(`${name}.variance`)! };
    const gain = Float64Array.from(scale, (g, c) => g / Math.sqrt(variance[c]! + normEpsilon));
    const offset = Float64Array.from(shift, (b, c) => b - mean[c]! * gain[c]!);
    return { gain, offset };
  }

  /** Side of a tile where maps are smaller than the picture. */
  #sideAfter(layers: readonly NetworkLayer[]): number {
    return Math.max(
      1,
      Math.round(this.#side * scaleAfter(this.#network.architecture, layers.at(-1)!)),
    );
  }

  async #overTiles(
    pass: Pass,
    maps: Maps,
    rows: Span,
    columns: Span,
    use: (tile: Tensor, rows: Span, columns: Span, at: TileOrigin) => void,
  ): Promise<void> {
    const { layers } = pass;
    const tiles = split(rows, this.#sideAfter(layers)).flatMap((wantedRows) => {
      const vertical = tileSpan(layers, wantedRows, maps.height);
      return split(columns, this.#sideAfter(layers)).map((wantedColumns) => ({
        wantedRows,
        wantedColumns,
        vertical,
        horizontal: tileSpan(layers, wantedColumns, maps.width),
      }));
    });
    const program = await this.#runtime.compile(this.#graph(layers, maps));
    const start = ({ vertical, horizontal }: (typeof tiles)[number]): Promise<Tensor> =>
      this.#runTile(program, maps, vertical, horizontal);
    try {
      let running = start(tiles[0]!);
      for (const [i, { wantedRows, wantedColumns, vertical, horizontal }] of tiles.entries()) {
        const tile = await running;
        this.#signal?.throwIfAborted();
        const next = tiles[i + 1];
        // The device has work while this thread copies.
        if (next !== undefined) running = start(next);
        const at = { row: vertical.resultFrom, column: horizontal.resultFrom };
        use(tile, wantedRows, wantedColumns, at);
        this.#onTile();
      }
    } finally {
      await program.dispose();
    }
  }

  async #runTile(
    program: Program<"result">,
    maps: Maps,
    { input: rows }: TileSpan,
    { input: columns }: TileSpan,
  ): Promise<Tensor> {
    const shape = [1, maps.channels, rows.to - rows.from, columns.to - columns.from];
    const { result } = await program.run({
      x: tensor(cutPlanes(maps.data, maps, { rows, columns }), shape),
    });
    return result;
  }

  #graph(layers: readonly NetworkLayer[], maps: Maps) {
    const { architecture } = this.#network;
    const mixture = constant(tensor([1], [1, 1]));
    const perChannel = (numbers: ArrayLike<number>) =>
      constant(tensor(numbers, [1, numbers.length, 1, 1]));
    const normalise =
      architecture.norm === "batch"
        ? batchNormInference(mixture)
        : fixedInstanceNorm(mixture, ({ name }) => {
            const { mean, variance } = this.#statistics.get(name)!;
            return { mean: perChannel(mean), variance: perChannel(variance) };
          });
    const x = input("x", [1, maps.channels, symbol("h"), symbol("w")]);
    const values = constantValues(this.#network);
    // Where it is asked for, a part is one layer, and what goes in is `maps`.
    const inputMean = () => perChannel(inputMeans(layers[0]!, maps));
    const result = networkPart(architecture, layers, x, values, {
      normalise,
      raw: true,
      ...(architecture.padding === "mean" && { inputMean }),
    });
    return createGraph({ result });
  }
}

/** Where the result of a tile begins in the whole result. */
interface TileOrigin {
  readonly row: number;
  readonly column: number;
}

function split({ from, to }: Span, side: number): Span[] {
  return Array.from({ length: Math.ceil((to - from) / side) }, (_, i) => ({
    from: from + i * side,
    to: Math.min(from + (i + 1) * side, to),
  }));
}

/** Numbers of a channel's first pixel among those of a tile `[1, c, h, w]`, and of a row. */
function areaOf(
  { shape }: Tensor,
  channel: number,
  rows: Span,
  columns: Span,
  at: TileOrigin,
): { offset: number; width: number; rows: number; stride: number } {
  const [, , height, width] = shape as readonly [number, number, number, number];
  const offset = (channel * height + rows.from - at.row) * width + columns.from - at.column;
  return { offset, width: columns.to - columns.from, rows: rows.to - rows.from, stride: width };
}

function addArea(
  sums: ChannelSums,
  tile: Tensor,
  channel: number,
  rows: Span,
  columns: Span,
  at: TileOrigin,
  weights: Float32Array | undefined,
): void {
  const area = areaOf(tile, channel, rows, columns, at);
  sums.add(channel, tile.data as Float32Array, area, area.stride, weights);
}

/** Calls `use` with every wanted row of a channel: where it starts among the numbers, its number, its length. */
function forEachRow(
  tile: Tensor,
  channel: number,
  rows: Span,
  columns: Span,
  at: TileOrigin,
  use: (values: Float32Array, start: number, row: number, length: number) => void,
): void {
  const { offset, width, stride } = areaOf(tile, channel, rows, columns, at);
  for (let row = rows.from; row < rows.to; row++)
    use(tile.data as Float32Array, offset + (row - rows.from) * stride, row, width);
}

/** The picture with its edge repeated around it. */
function withMargin({ width, height, data }: Raster, margin: number): Maps {
  return { channels: 3, ...withMarginAround({ width, height, data }, margin) };
}

function normaliseInPlace(
  { channels, width, height, data }: Maps,
  { gain, offset }: { gain: Float64Array; offset: Float64Array },
  rectifies: boolean,
): void {
  const size = width * height;
  const floor = rectifies ? 0 : -Infinity;
  for (let c = 0; c < channels; c++) {
    const [factor, shift] = [gain[c]!, offset[c]!];
    for (let i = c * size; i < (c + 1) * size; i++)
      data[i] = Math.max(factor * data[i]! + shift, floor);
  }
}

function addInPlace({ data }: Maps, { data: other }: Maps): void {
  for (let i = 0; i < data.length; i++) data[i]! += other[i]!;
}

/** Mean of each channel as a layer sees it; the first layer sees the picture from −1 to 1. */
function inputMeans({ name }: NetworkLayer, { channels, width, height, data }: Maps): Float64Array {
  const size = width * height;
  return Float64Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c * size; i < (c + 1) * size; i++) sum += data[i]!;
    const mean = sum / size;
    return name === "down1" ? 2 * mean - 1 : mean;
  });
}
