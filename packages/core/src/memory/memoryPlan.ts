import { encoderNamed } from "../encoders/index.ts";
import { fitLongSide, type Size } from "../image/raster.ts";
import type { Stage, StageTiles } from "../methods/plan.ts";
import type { SettledRecipe } from "../methods/settled.ts";
import { largestLongSide, memoryNeeded, partsOf, tooLarge } from "./memory.ts";

/** What {@link stagesWithin} goes by. */
export interface MemoryPlanOptions {
  /** Bytes that may be used, process included. */
  readonly memory: number;
  /** Its proportions say how many pixels a stage has. */
  readonly content: Size;
  readonly optimizer: SettledRecipe["optimizer"];
  /** Names of the networks that the loss looks at. */
  readonly encoders: readonly string[];
  /** How many parts of the picture have a style of their own; none if left out. */
  readonly regions?: number | undefined;
}

/** What the loss looks at. */
type Looks = Pick<MemoryPlanOptions, "encoders" | "regions">;

/** A picture in float32, or a vector of an optimiser, for each pixel. */
const bytesOfVector = 12;

/** Vectors of an optimiser, the picture and its gradient included. */
const vectors: Readonly<Record<SettledRecipe["optimizer"], number>> = {
  lbfgs: 21,
  adam: 6,
  sgd: 4,
  adagrad: 4,
};

/** The picture, its gradient, and the last good picture. */
const smoothVectors = 3;

/** The photo, the picture of the scale before, and a copy that is shown. */
const otherPictures = 2;

/** Features of one layer at a stride of 8, on tiles that overlap. */
const bytesOfFeatures = 45;

/** Of a part of a picture: its mask, and the weights of positions of all layers, 4/3 as many. */
const bytesOfGuides = 4 * (1 + 4 / 3);

/**
 * Pixels of the tiles that programs are loaded for, relative to those of one: a forward pass for
 * statistics stays loaded beside the whole. Measured: 2288 MB with tiles of 376×400 px.
 */
const programsPerTile = 1.4;

/**
 * Share of the memory that tiles are planned for: the allocator does not give back all that programs of the
 * scales before have taken. Measured over four plans: 2 to 19 % more than without this.
 */
const planned = 0.83;

/** Smaller tiles see mostly what surrounds them: fewer vectors are the better way out … */
const comfortableSide = 448;

/** … unless tiles stay as small without them: this share of the side is as good. */
const worthwhile = 0.9;

/**
 * The stages with tiles where they would not fit in memory at once: as large as fit, and where they would
 * be small, with an optimiser of few vectors.
 *
 * @throws {OptionError} if not even small tiles fit; the message says what size does
 */
export function stagesWithin(stages: readonly Stage[], options: MemoryPlanOptions): Stage[] {
  const within = (stage: Stage): Stage => {
    const size = fitLongSide(options.content, stage.longSide);
    if (memoryNeeded(size, options.encoders, options.regions) <= options.memory) return stage;
    return { ...stage, ...wayWithin(size, stage, options) };
  };
  // The largest first: it is the one that the message is to speak of.
  return stages.toReversed().map(within).toReversed();
}

/**
 * Expected peak of memory of a stage in bytes, process included.
 *
 * @param options - as for {@link stagesWithin}
 */
export function stageMemory(
  { longSide, tiles, isSmooth = false }: Stage,
  { content, ...options }: Omit<MemoryPlanOptions, "memory">,
): number {
  const size = fitLongSide(content, longSide);
  if (tiles === undefined) return memoryNeeded(size, options.encoders, options.regions);
  const pixels = size.width * size.height;
  const needed =
    memoryOfTile(tiles.side, options) + pixels * bytesPerPixel({ ...tiles, isSmooth }, options);
  return needed / planned;
}

/** How a stage that is cut is done. */
type Way = Pick<Stage, "isSmooth"> & { readonly tiles: StageTiles };

function wayWithin(
  size: Size,
  { isSmooth: asked = false }: Stage,
  options: MemoryPlanOptions,
): Way {
  const { encoders } = options;
  const memory = planned * options.memory;
  const smallest = Math.max(...encoders.map((name) => encoderNamed(name).smallestTile));
  const pixels = size.width * size.height;
  const ways = (asked ? [true] : [false, true]).flatMap((isSmooth) =>
    [true, false].map((keepsFeatures): Way => {
      const taken = pixels * bytesPerPixel({ isSmooth, keepsFeatures }, options);
      const tiles = { side: sideWithin(memory - taken, options), keepsFeatures };
      return { ...(isSmooth && { isSmooth }), tiles };
    }),
  );
  const thriftiest = ways.at(-1)!;
  const enough = Math.max(smallest, Math.min(comfortableSide, worthwhile * thriftiest.tiles.side));
  const found = ways.find(({ tiles }) => tiles.side >= enough) ?? thriftiest;
  if (found.tiles.side >= smallest) return found;
  const leastBytesPerPixel = bytesPerPixel({ isSmooth: true, keepsFeatures: false }, options);
  const left = memory - memoryOfTile(smallest, options);
  const share = Math.max(0, left) / (pixels * leastBytesPerPixel);
  const needed = (memoryOfTile(smallest, options) + pixels * leastBytesPerPixel) / planned;
  throw tooLarge({
    ...{ ...size, needed, memory: options.memory, inTiles: true },
    largest: Math.max(
      Math.max(size.width, size.height) * Math.sqrt(share),
      // What needs no tiles needs less than a tile and what lies around it.
      largestLongSide(size, options.memory, encoders, options.regions),
    ),
  });
}

/** Memory for each pixel of the picture, outside the network. */
function bytesPerPixel(
  { isSmooth = false, keepsFeatures }: Pick<Stage, "isSmooth"> & Omit<StageTiles, "side">,
  { optimizer, regions = 0 }: Omit<MemoryPlanOptions, "memory" | "content">,
): number {
  const ofOptimiser = isSmooth ? Math.min(smoothVectors, vectors[optimizer]) : vectors[optimizer];
  return (
    bytesOfVector * (ofOptimiser + otherPictures) +
    (keepsFeatures ? bytesOfFeatures : 0) +
    bytesOfGuides * partsOf(regions)
  );
}

function memoryOfTile(side: number, { encoders, regions }: Looks): number {
  return memoryNeeded({ width: side, height: programsPerTile * side }, encoders, regions);
}

/** The side of the largest tile that `bytes` are enough for; 0 if there is none. */
function sideWithin(bytes: number, looks: Looks): number {
  const fixed = memoryOfTile(0, looks);
  const perPixel = memoryOfTile(1, looks) - fixed;
  return Math.floor(Math.sqrt(Math.max(0, bytes - fixed) / perPixel));
}
