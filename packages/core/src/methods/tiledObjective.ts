import {
  constant,
  createGraph,
  gradient,
  input,
  ops,
  receptiveField,
  tensor,
  type Feeds,
  type Graph,
  type Program,
  type Runtime,
  type Tensor,
  type Value,
} from "@deepstyle/engine";
import type { Encoder } from "../encoders/encoder.ts";
import { OptionError } from "../errors.ts";
import { addToPlanes, cutPlanes, type Span } from "../image/area.ts";
import type { Mask } from "../image/mask.ts";
import type { Raster, Size } from "../image/raster.ts";
import type { Values } from "../losses/loss.ts";
import { tileGrid, type Tile, type TileGrid } from "../tiles/grid.ts";
import { OwnPositions } from "../tiles/ownPositions.ts";
import { layersOf, weightedSum, type Criterion, type FeatureTerm } from "./criterion.ts";
import { guideAt, guidedMean, guidedStatistic, guideName, guideTensor } from "./guide.ts";
import {
  guidedBy,
  layerLoss,
  modelName,
  numberOf,
  targetName,
  weightsOf,
  type LoadedObjective,
  type Targets,
} from "./objective.ts";

/** How work is cut into tiles. */
export interface TileOptions {
  /** Largest side of a tile in pixels. */
  readonly side: number;
  /** Ends the work before the next tile. */
  readonly signal?: AbortSignal | undefined;
}

/** What a tiled objective compares pictures with. */
export interface TiledModels {
  /** Statistics that are aimed at, from `blendTargets`; those of local losses are not needed. */
  readonly targets: Targets;
  /** The photo at the picture's size. */
  readonly photo: Raster;
  /** The reference at the picture's size, where a term asks for one. */
  readonly reference?: Raster | undefined;
}

/** Settings of {@link loadTiledObjective}. */
export interface TiledObjectiveOptions extends TileOptions {
  /**
   * Whether the photo's features are kept, which with one layer of VGG-19 at a stride of 8 takes 45
   * bytes a pixel; otherwise they are computed again each time.
   */
  readonly keepsFeatures: boolean;
}

/**
 * An objective of a picture of any size in the memory of a tile: the same losses and gradient as {@link
 * loadObjective}'s up to rounding.
 *
 * Statistics are means over positions. They are taken over the positions that each tile owns and added
 * up; losses and their slopes by the whole picture's statistics follow from the sums alone; with the
 * slopes each tile gives its part of the gradient, and where tiles overlap parts are added. Each
 * evaluation takes two forward passes and one backward pass over all tiles.
 *
 * Source: Galerne et al. 2022, "Scaling Painting Style Transfer".
 *
 * @throws {OptionError} if tiles of that side are smaller than what the encoder sees around them
 */
export async function loadTiledObjective(
  runtime: Runtime,
  encoder: Encoder,
  criterion: Criterion,
  size: Size,
  models: TiledModels,
  { side, keepsFeatures, signal }: TiledObjectiveOptions,
): Promise<LoadedObjective> {
  const whole = new WholePicture(encoder, criterion, size);
  const grid = whole.grid(side);
  const programs: Program[] = [];
  const compile = async (graph: Graph): Promise<Program> => {
    const program = await runtime.compile(graph);
    programs.push(program);
    return program;
  };
  const dispose = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.dispose()));
  };
  try {
    const photoFeatures = await loadPhotoFeatures(compile, whole, grid, models.photo, {
      keepsFeatures,
      signal,
    });
    const sums = await loadSums(compile, whole, grid);
    const summary = await loadSummary(compile, whole, models.targets);
    const { graph, own } = gradientGraph(whole, grid);
    const program = await compile(graph);
    await program.bind(among(program, weightsOf(criterion)));
    const pictures = { content: models.photo, reference: models.reference };
    const gradientNow = new Float32Array(3 * size.width * size.height);

    const runTile = async (pixels: Float32Array, tile: Tile): Promise<Feeds> => {
      const models = criterion.image
        .filter(({ model }) => model !== undefined)
        .map(
          (term) => [modelName(term), cutTile(pictures[term.model!]!.data, size, tile)] as const,
        );
      return program.run({
        image: cutTile(pixels, size, tile),
        ...Object.fromEntries(models),
        ...own.feeds(tile, size),
        ...whole.guides(tile, program),
        ...(await photoFeatures(tile)),
      });
    };
    const perTile = [...whole.local, ...criterion.image].map(({ name }) => name);
    return {
      evaluate: async (pixels) => {
        const { losses: known, slopes } = await summary(await sums(pixels, signal));
        await program.bind(slopes);
        const losses = new Map([...known, ...perTile.map((name) => [name, 0] as const)]);
        gradientNow.fill(0);
        await overTiles(
          grid.tiles,
          signal,
          (tile) => runTile(pixels, tile),
          (tile, found) => {
            addToPlanes(gradientNow, size, tile, found["gradient"]!.data as Float32Array);
            for (const name of perTile)
              losses.set(name, losses.get(name)! + numberOf(found[`loss.${name}`]!));
          },
        );
        const terms = [...criterion.features, ...criterion.image];
        return {
          total: terms.reduce((sum, { name, weight }) => sum + weight * losses.get(name)!, 0),
          terms: Object.fromEntries(terms.map(({ name }) => [name, losses.get(name)!])),
          gradient: gradientNow,
        };
      },
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * What one term keeps of a model picture of any size: the same as `measureStatistics`, up to rounding,
 * in the memory of a tile.
 *
 * @param term - of a loss that is not local
 * @param guide - where in the model; everywhere if left out
 * @returns tensors named as the targets of an objective
 */
export async function measureInTiles(
  runtime: Runtime,
  encoder: Encoder,
  term: FeatureTerm,
  picture: Raster,
  { side, signal }: TileOptions,
  guide?: Mask,
): Promise<Targets> {
  const features = [guidedBy(term, guide)];
  const whole = new WholePicture(encoder, { features, image: [] }, picture);
  let program: Program | undefined;
  try {
    const sums = await loadSums(
      async (graph) => (program = await runtime.compile(graph)),
      whole,
      whole.grid(side),
    );
    return await sums(picture.data, signal);
  } finally {
    await program?.dispose();
  }
}

/**
 * The tiles that {@link loadTiledObjective} works through, for any painting.
 *
 * @param side - largest side of a tile in pixels
 * @throws {OptionError} if tiles of that side are smaller than what the encoder sees around them
 */
export function objectiveTiles(
  encoder: Encoder,
  criterion: Criterion,
  size: Size,
  side: number,
): TileGrid {
  return new WholePicture(encoder, criterion, size).grid(side);
}

/** What is known of a picture before any number is: the maps of the whole and what they see. */
class WholePicture {
  readonly encoder: Encoder;
  readonly criterion: Criterion;
  readonly size: Size;
  /** Terms whose statistics are summed over tiles. */
  readonly pooled: readonly FeatureTerm[];
  /** Terms that compare position by position. */
  readonly local: readonly FeatureTerm[];
  readonly #image: Value;
  readonly #features: Readonly<Record<string, Value>>;
  /** What image terms take means of, in the order in which they do. */
  readonly #maps = new Map<string, Value[]>();
  /** Weights of all positions of layers, by the name of the input. */
  readonly #guides = new Map<string, { readonly guide: Mask; readonly stride: number }>();

  constructor(encoder: Encoder, criterion: Criterion, size: Size) {
    this.encoder = encoder;
    this.criterion = criterion;
    this.size = size;
    this.pooled = criterion.features.filter(({ loss }) => loss.isLocal !== true);
    this.local = criterion.features.filter(({ loss }) => loss.isLocal === true);
    const image = input("image", [1, 3, size.height, size.width]);
    this.#image = image;
    this.#features = encoder.features(image, layersOf(criterion));
    for (const { term, layer } of layersByTerm(criterion.features))
      this.#addGuide(term, layer, this.#features[layer]!);
    for (const term of criterion.image) {
      const maps: Value[] = [];
      const mean = (map: Value): Value => {
        this.#addGuide(term, String(maps.length), map);
        maps.push(map);
        return ops.reduceMean(map);
      };
      term.build(image, mean, term.model && input(modelName(term), image.shape));
      this.#maps.set(term.name, maps);
    }
  }

  #addGuide(term: Pick<FeatureTerm, "name" | "guide">, of: string, map: Value): void {
    if (term.guide === undefined) return;
    const [, , height, width] = map.shape as readonly [number, number, number, number];
    const { stride } = receptiveField(map, this.#image).rows;
    const guide = guideAt(term.guide, { width, height });
    this.#guides.set(guideName(term, of), { guide, stride });
  }

  /** @throws {OptionError} if tiles of that side are smaller than what maps see around them */
  grid(side: number): TileGrid {
    const maps = [...Object.values(this.#features), ...[...this.#maps.values()].flat()];
    const grid = tileGrid(
      this.size,
      maps.map((map) => receptiveField(map, this.#image)),
      side,
    );
    if (grid === undefined)
      throw new OptionError(
        `tiles of ${side} px are smaller than what the layers of ${this.encoder.name} see around them. Choose larger ones.`,
      );
    return grid;
  }

  /** The statistic of a term at a layer, for its shapes. */
  statistic(term: FeatureTerm, layer: string): Values {
    return guidedStatistic(term, layer, this.#features[layer]!);
  }

  /** What a tile has of the guides of terms that a program takes. */
  guides(tile: Tile, { inputs }: Program): Feeds {
    const taken = [...this.#guides].filter(([name]) => name in inputs);
    const guides = taken.map(([name, { guide, stride }]) => {
      const rows = positionsIn(tile.rows, stride, this.size.height, guide.height);
      const columns = positionsIn(tile.columns, stride, this.size.width, guide.width);
      const data = cutPlanes(guide.data, guide, { rows, columns });
      const [height, width] = [rows.to - rows.from, columns.to - columns.from];
      return [name, guideTensor({ width, height, data })] as const;
    });
    return Object.fromEntries(guides);
  }

  /** What share of the positions of a layer those of a tile are. */
  shareAt(layer: string, features: Value): number {
    return share(features, this.#features[layer]!);
  }

  /** What an image term takes means of, in the order in which it does. */
  mapsOf(term: string): readonly Value[] {
    return this.#maps.get(term)!;
  }
}

/** The positions of a map that a tile has, of `length` along an axis of the whole. */
function positionsIn({ from, to }: Span, stride: number, pixels: number, length: number): Span {
  // A tile begins with a position, and its map is shorter by whole positions: see tileGrid.
  const start = from / stride;
  return { from: start, to: start + length - (pixels - (to - from)) / stride };
}

function share(tileMap: Value, map: Value): number {
  const positions = ({ shape }: Value): number => (shape[2] as number) * (shape[3] as number);
  return positions(tileMap) / positions(map);
}

type Compile = (graph: Graph) => Promise<Program>;

/** Loads what sums the statistics of pooled terms over all tiles; tensors are named as targets. */
async function loadSums(
  compile: Compile,
  whole: WholePicture,
  grid: TileGrid,
): Promise<(pixels: Float32Array, signal: AbortSignal | undefined) => Promise<Targets>> {
  const { encoder, pooled, size } = whole;
  if (pooled.length === 0) return () => Promise.resolve({});
  const image = input("image", [1, 3, grid.height, grid.width]);
  const own = new OwnPositions(image);
  const features = encoder.features(image, layersOf({ features: pooled, image: [] }));
  const outputs: Record<string, Value> = {};
  const shares = new Map<string, number>();
  for (const { term, layer } of layersByTerm(pooled)) {
    const statistic = guidedStatistic(term, layer, own.of(features[layer]!));
    for (const [key, value] of Object.entries(statistic)) {
      const name = targetName(term, layer, key);
      outputs[name] = value;
      shares.set(name, whole.shareAt(layer, features[layer]!));
    }
  }
  const program = await compile(createGraph(outputs));
  return async (pixels, signal) => {
    const sums = new Map<string, { shape: readonly number[]; data: Float64Array }>();
    await overTiles(
      grid.tiles,
      signal,
      (tile) =>
        program.run({
          image: cutTile(pixels, size, tile),
          ...own.feeds(tile, size),
          ...whole.guides(tile, program),
        }),
      (_, found) => {
        for (const [name, { shape, data }] of Object.entries(found)) {
          const sum = sums.get(name) ?? { shape, data: new Float64Array(data.length) };
          sums.set(name, sum);
          const factor = shares.get(name)!;
          for (let i = 0; i < data.length; i++) sum.data[i]! += factor * Number(data[i]);
        }
      },
    );
    return Object.fromEntries(
      [...sums].map(([name, { shape, data }]) => [name, tensor(Float32Array.from(data), shape)]),
    );
  };
}

/** What follows from the statistics of the whole picture. */
interface Summary {
  /** Losses of pooled terms. */
  readonly losses: ReadonlyMap<string, number>;
  /** Derivatives of their weighted sum by the statistics. */
  readonly slopes: Feeds;
}

/** Loads what makes losses and slopes of the statistics of pooled terms. */
async function loadSummary(
  compile: Compile,
  whole: WholePicture,
  targets: Targets,
): Promise<(statistics: Targets) => Promise<Summary>> {
  const { pooled, criterion } = whole;
  if (pooled.length === 0) return () => Promise.resolve({ losses: new Map(), slopes: {} });
  const program = await compile(summaryGraph(whole));
  await program.bind(among(program, { ...targets, ...weightsOf(criterion) }));
  return async (statistics) => {
    const made = Object.entries(statistics).map(
      ([name, value]) => [madeName(name), value] as const,
    );
    const result = await program.run(Object.fromEntries(made));
    const names = Object.keys(statistics).map(slopeName);
    return {
      losses: new Map(pooled.map(({ name }) => [name, numberOf(result[`loss.${name}`]!)])),
      slopes: Object.fromEntries(names.map((name) => [name, result[name]!])),
    };
  };
}

function summaryGraph(whole: WholePicture): Graph {
  const outputs: Record<string, Value> = {};
  const statistics = new Map<string, Value>();
  const terms = whole.pooled.map((term) => {
    const layers = Object.keys(term.layers).map((layer) => {
      const made = Object.entries(whole.statistic(term, layer)).map(([key, { shape }]) => {
        const name = targetName(term, layer, key);
        const value = input(madeName(name), shape);
        statistics.set(name, value);
        return [key, value] as const;
      });
      const loss = layerLoss(term, layer, Object.fromEntries(made));
      return { weight: input(`weight.${term.name}.${layer}`, []), loss };
    });
    const loss = weightedSum(layers);
    outputs[`loss.${term.name}`] = loss;
    return { weight: input(`weight.${term.name}`, []), loss };
  });
  const slopes = gradient(weightedSum(terms), [...statistics.values()]);
  [...statistics.keys()].forEach((name, i) => (outputs[slopeName(name)] = slopes[i]!));
  return createGraph(outputs);
}

/** Loads what gives the targets of local losses for a tile: what they keep of the photo's features. */
async function loadPhotoFeatures(
  compile: Compile,
  whole: WholePicture,
  grid: TileGrid,
  photo: Raster,
  { keepsFeatures, signal }: Omit<TiledObjectiveOptions, "side">,
): Promise<(tile: Tile) => Promise<Feeds>> {
  const { encoder, local, size } = whole;
  if (local.length === 0) return () => Promise.resolve({});
  const image = input("image", [1, 3, grid.height, grid.width]);
  const own = new OwnPositions(image);
  const features = encoder.features(image, layersOf({ features: local, image: [] }));
  const outputs: Record<string, Value> = {};
  for (const { term, layer } of layersByTerm(local))
    for (const [key, value] of Object.entries(
      guidedStatistic(term, layer, own.of(features[layer]!)),
    ))
      outputs[targetName(term, layer, key)] = value;
  const program = await compile(createGraph(outputs));
  const compute = (tile: Tile): Promise<Feeds> =>
    program.run({
      image: cutTile(photo.data, size, tile),
      ...own.feeds(tile, size),
      ...whole.guides(tile, program),
    });
  if (!keepsFeatures) return compute;
  const kept = new Map<Tile, Feeds>();
  await overTiles(grid.tiles, signal, compute, (tile, found) => kept.set(tile, found));
  await program.dispose();
  return (tile) => Promise.resolve(kept.get(tile)!);
}

/** Local losses of a tile, and its part of the gradient, for slopes that are fed. */
function gradientGraph(whole: WholePicture, grid: TileGrid): { graph: Graph; own: OwnPositions } {
  const { encoder, criterion, pooled, local } = whole;
  const image = input("image", [1, 3, grid.height, grid.width]);
  const own = new OwnPositions(image);
  const features = encoder.features(image, layersOf(criterion));
  const outputs: Record<string, Value> = {};
  const parts: Value[] = [];
  for (const { term, layer } of layersByTerm(pooled)) {
    const factor = constant(whole.shareAt(layer, features[layer]!));
    const statistic = guidedStatistic(term, layer, own.of(features[layer]!));
    for (const [key, value] of Object.entries(statistic)) {
      const slope = input(slopeName(targetName(term, layer, key)), value.shape);
      parts.push(ops.mul(ops.reduceSum(ops.mul(slope, value)), factor));
    }
  }
  const addLoss = (name: string, loss: Value): void => {
    outputs[`loss.${name}`] = loss;
    parts.push(ops.mul(input(`weight.${name}`, []), loss));
  };
  for (const term of local) {
    const layers = Object.keys(term.layers).map((layer) => {
      const loss = layerLoss(term, layer, guidedStatistic(term, layer, own.of(features[layer]!)));
      const factor = constant(whole.shareAt(layer, features[layer]!));
      return { weight: input(`weight.${term.name}.${layer}`, []), loss: ops.mul(loss, factor) };
    });
    addLoss(term.name, weightedSum(layers));
  }
  for (const term of criterion.image) {
    let next = 0;
    const mean = (map: Value): Value => {
      const factor = share(map, whole.mapsOf(term.name)[next++]!);
      return ops.mul(ops.reduceMean(own.of(map)), constant(factor));
    };
    const model = term.model && input(modelName(term), image.shape);
    addLoss(term.name, term.build(image, guidedMean(term, mean), model));
  }
  const [first, ...others] = parts;
  const [slope] = gradient(others.reduce<Value>(ops.add, first!), [image]);
  return { graph: createGraph({ ...outputs, gradient: slope! }), own };
}

function layersByTerm(
  terms: readonly FeatureTerm[],
): { readonly term: FeatureTerm; readonly layer: string }[] {
  return terms.flatMap((term) => Object.keys(term.layers).map((layer) => ({ term, layer })));
}

/** Works on one tile after the other; the device has the next one while this thread uses a result. */
async function overTiles<Result>(
  tiles: readonly Tile[],
  signal: AbortSignal | undefined,
  work: (tile: Tile) => Promise<Result>,
  use: (tile: Tile, result: Result) => void,
): Promise<void> {
  let running = work(tiles[0]!);
  for (const [i, tile] of tiles.entries()) {
    const result = await running;
    signal?.throwIfAborted();
    const next = tiles[i + 1];
    if (next !== undefined) running = work(next);
    use(tile, result);
  }
}

function cutTile(pixels: Float32Array, size: Size, tile: Tile): Tensor {
  const { rows, columns } = tile;
  const shape = [1, 3, rows.to - rows.from, columns.to - columns.from];
  return tensor(cutPlanes(pixels, size, tile), shape);
}

/** Those of feeds that a program takes. */
function among({ inputs }: Program, feeds: Feeds): Feeds {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => name in inputs));
}

/** The name of a statistic of the picture that is made, beside that of its target. */
function madeName(target: string): string {
  return `made.${target}`;
}

/** The name of the derivative by a statistic. */
function slopeName(target: string): string {
  return `slope.${target}`;
}
