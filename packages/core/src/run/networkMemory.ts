import { networkLayers, type Architecture, type NetworkLayer } from "../nets/architecture.ts";
import { networkParts, scaleAfter } from "../nets/parts.ts";

/**
 * Peak memory of painting with a network on the CPU in bytes, process included.
 *
 * Fitted to `bench/tiles.ts`, which prints it beside what it measures: the process, three copies of
 * what goes into the widest layer and comes out of it, and with tiles the maps that are kept.
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
  if (tile === null) return processBytes + workingBytes(architecture) * pixels;
  const kept = (keptBytes(architecture) + pictureBytes) * pixels;
  return processBytes + garbageBytes + kept + tileSessions * workingBytes(architecture) * tile ** 2;
}

const processBytes = 2.2e8;

/** Tiles that were copied and are not collected yet. */
const garbageBytes = 5e7;

/** Photo, photo with margin, and result, in float32. */
const pictureBytes = 36;

/** What a session has used is not at once given back when it is freed. */
const tileSessions = 1.5;

const float = 4;

/** For each pixel of the picture, while the widest layer is computed. */
function workingBytes(architecture: Architecture): number {
  const layers = networkLayers(architecture);
  const numbers = layers.map((layer, i) => {
    const density = positionsPerPixel(architecture, layer);
    return (layer.inputs + layer.outputs) * Math.max(density, densityBefore(architecture, i));
  });
  return 3 * float * Math.max(...numbers);
}

/** For each pixel of the picture, of the maps that a part begins and ends with. */
function keptBytes(architecture: Architecture): number {
  const layers = networkLayers(architecture);
  const numbers = networkParts(architecture).map((part) => {
    const first = layers.findIndex(({ name }) => name === part[0]!.name);
    const last = part.at(-1)!;
    const before = first === 0 ? 0 : part[0]!.inputs * densityBefore(architecture, first);
    const after = last.name === "out" ? 0 : last.outputs * positionsPerPixel(architecture, last);
    // What a residual block adds at its end is kept from its start.
    const block = last.name.startsWith("block") ? before : 0;
    return before + after + block;
  });
  return float * Math.max(...numbers);
}

/** Positions of a layer's result for each pixel of the picture, before blocks become pixels. */
function positionsPerPixel(architecture: Architecture, layer: NetworkLayer): number {
  const isVideoOut = architecture.kind === "video" && layer.name === "out";
  return isVideoOut
    ? densityBefore(architecture, networkLayers(architecture).length - 1)
    : scaleAfter(architecture, layer) ** 2;
}

function densityBefore(architecture: Architecture, index: number): number {
  const before = networkLayers(architecture)[index - 1];
  return before === undefined ? 0 : scaleAfter(architecture, before) ** 2;
}
