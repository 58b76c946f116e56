import type { OptionError } from "../errors.ts";
import { fitLongSide, type Size } from "../image/raster.ts";
import {
  networkLayers,
  upsamplingOf,
  type Architecture,
  type NetworkLayer,
} from "../nets/architecture.ts";
import { networkParts, scaleAfter } from "../nets/parts.ts";
import { tooLarge } from "../memory/memory.ts";

/**
 * Peak memory of painting with a network on the CPU in bytes, process included.
 *
 * Fitted to `bench/tiles.ts`, which prints it beside what it measures: the process, the pictures, the maps
 * around the widest layer, and with tiles the maps that are kept.
 *
 * @param size - of the picture in pixels
 * @param tile - side of the tiles; null for none
 */
export function networkMemory(
  architecture: Architecture,
  { width, height }: Size,
  tile: number | null,
): number {
  const pixels = width * height;
  if (tile === null)
    return processBytes + (workingBytes(architecture) + pictureBytes + copyBytes) * pixels;
  const kept = (keptBytes(architecture) + pictureBytes) * pixels;
  return processBytes + garbageBytes + kept + tileSessions * workingBytes(architecture) * tile ** 2;
}

/**
 * Side of the tiles where there are any and memory is not short: a tile is then about as large as pictures that
 * are painted at once, and what lies around it, at most 10 px on a side, adds little.
 */
const usualTile = 512;

/** Smaller ones look mostly at what lies around them. */
const smallestTile = 64;

/** Sides of tiles from the fastest way to the one of least memory; null for none. */
const waysToPaint: readonly (number | null)[] = [
  null,
  ...Array.from({ length: usualTile / smallestTile }, (_, i) => usualTile - smallestTile * i),
];

/** What {@link tileWithin} goes by. */
export interface NetworkMemoryOptions {
  /** Bytes that may be used, process included. */
  readonly memory: number;
  /** Bytes of them that are used only where it cannot be done without; 0 if left out. */
  readonly spare?: number | undefined;
  /** Bytes that whoever has it painted takes besides; 0 if left out. */
  readonly besides?: number | undefined;
}

/**
 * Side of the tiles that a picture is painted in: as large as fit, null where none are needed.
 *
 * @throws {OptionError} if not even small tiles fit; the message says what size does
 */
export function tileWithin(
  architecture: Architecture,
  size: Size,
  options: NetworkMemoryOptions,
): number | null {
  const { memory, spare = 0, besides = 0 } = options;
  const needed = waysToPaint.map((tile) => besides + networkMemory(architecture, size, tile));
  for (const bytes of [memory - spare, memory]) {
    const found = needed.findIndex((each) => each <= bytes);
    if (found >= 0) return waysToPaint[found]!;
  }
  throw notWithin(architecture, size, waysToPaint, options);
}

/**
 * Refuses to paint a picture in tiles of a side, or without, that will not fit in memory.
 *
 * @throws {OptionError} if they do not; the message says what size does
 */
export function expectTileFits(
  architecture: Architecture,
  size: Size,
  tile: number | null,
  options: NetworkMemoryOptions,
): void {
  const needed = (options.besides ?? 0) + networkMemory(architecture, size, tile);
  if (needed > options.memory) throw notWithin(architecture, size, [tile], options);
}

function notWithin(
  architecture: Architecture,
  size: Size,
  ways: readonly (number | null)[],
  { memory, besides = 0 }: NetworkMemoryOptions,
): OptionError {
  const longSide = Math.max(size.width, size.height);
  const least = (side: number): number => {
    const picture = fitLongSide(size, side);
    // What is taken besides are pictures, too.
    const others = besides * (side / longSide) ** 2;
    return others + Math.min(...ways.map((tile) => networkMemory(architecture, picture, tile)));
  };
  let [fits, fails] = [0, longSide];
  while (fails - fits > 1) {
    const side = Math.floor((fits + fails) / 2);
    if (least(side) <= memory) fits = side;
    else fails = side;
  }
  const inTiles = ways.some((tile) => tile !== null);
  return tooLarge({ ...size, needed: least(longSide), memory, largest: fits, inTiles });
}

const processBytes = 2.2e8;

/** Tiles that were copied and are not collected yet: at 2 and 12 megapixels 50 to 110 MB. */
const garbageBytes = 1.1e8;

/** Photo, photo with grain, the same with margin, and result, in float32. */
const pictureBytes = 48;

/** The result once more, as it is handed over. */
const copyBytes = 12;

/** What a session has used is not at once given back when it is freed. */
const tileSessions = 1.5;

const float = 4;

/** Smaller maps that are there besides. */
const otherMaps = 1.15;

/**
 * For each pixel of the picture, while the widest layer is computed or normalised. Nearest enlargement
 * is part of a convolution at the lower resolution; the others make a large map of all channels.
 */
function workingBytes(architecture: Architecture): number {
  const layers = networkLayers(architecture);
  const numbers = layers.map((layer, i) => {
    const [before, after] = [
      densityBefore(architecture, i),
      positionsPerPixel(architecture, layer),
    ];
    const interpolates = layer.enlarges && upsamplingOf(architecture) === "bilinear";
    // The enlarged map is there as it is and padded.
    const seen = layer.inputs * (interpolates ? before + 2 * after : before);
    const results = layer.outputs * after;
    return Math.max(seen + results, 2 * results);
  });
  return otherMaps * float * Math.max(...numbers);
}

/** For each pixel of the picture, of the maps that a part begins and ends with. */
function keptBytes(architecture: Architecture): number {
  const layers = networkLayers(architecture);
  const numbers = networkParts(architecture).map((part) => {
    const first = layers.findIndex(({ name }) => name === part[0]!.name);
    const last = part.at(-1)!;
    const before = first === 0 ? 0 : part[0]!.inputs * densityBefore(architecture, first);
    const after = last.name === "out" ? 0 : last.outputs * positionsPerPixel(architecture, last);
    return before + after;
  });
  return float * Math.max(...numbers);
}

/** Positions of a layer's result for each pixel of the picture. */
function positionsPerPixel(architecture: Architecture, layer: NetworkLayer): number {
  return scaleAfter(architecture, layer) ** 2;
}

function densityBefore(architecture: Architecture, index: number): number {
  const before = networkLayers(architecture)[index - 1];
  return before === undefined ? 0 : scaleAfter(architecture, before) ** 2;
}
