import {
  networkLayers,
  upsamplingOf,
  type Architecture,
  type NetworkLayer,
} from "../nets/architecture.ts";
import { networkParts, scaleAfter } from "../nets/parts.ts";

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
  { width, height }: { readonly width: number; readonly height: number },
  tile: number | null,
): number {
  const pixels = width * height;
  if (tile === null)
    return processBytes + (workingBytes(architecture) + pictureBytes + copyBytes) * pixels;
  const kept = (keptBytes(architecture) + pictureBytes) * pixels;
  return processBytes + garbageBytes + kept + tileSessions * workingBytes(architecture) * tile ** 2;
}

const processBytes = 2.2e8;

/** Tiles that were copied and are not collected yet. */
const garbageBytes = 5e7;

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
