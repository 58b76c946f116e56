import {
  mixStyles,
  OptionError,
  paintRegions,
  paintColours,
  settleColours,
  sharesEvent,
  usualGrain,
  type ColourChoice,
  type NetworkStyle,
  type PaintEvent,
  type PaintResult,
  type Network,
  type SettledColours,
  type StyleShares,
} from "@deepstyle/core";
import type { Device } from "@deepstyle/engine";
import { usableMemory } from "../system/memory.ts";
import type { NetworkRegion, NetworkRegionOrigin } from "./regions.ts";
import { withRuntime, type MachineOptions } from "../runtime/withRuntime.ts";
import { loadPicture, warningsTo, type PictureInput, type Source } from "../media/source.ts";
import {
  isKind,
  NetworkStore,
  type NetworkFile,
  type NetworkKind,
} from "../networks/networkStore.ts";

/** A style of a network and its share; shares are scaled to sum to 1. */
export interface StyleByName {
  readonly name: string;
  /** Above 0; 1 if left out. */
  readonly weight?: number | undefined;
}

/** What {@link stylizeWithNetwork} works with. */
export interface NetworkOptions extends MachineOptions, ColourChoice {
  /** The photo: an image file, or a picture in memory. */
  readonly content: PictureInput;
  /** Styles of the network by name; all that there is if left out, where that is one. */
  readonly styles?: readonly (string | StyleByName)[] | undefined;
  /** Parts of the photo with styles of their own, of the same network; `styles` are for the rest. */
  readonly regions?: readonly NetworkRegion[] | undefined;
  /** `still`, the default, or `video`, the networks that ship; or the file of another, `.onnx`. */
  readonly network?: NetworkKind | (string & {}) | undefined;
  /** Longer side of the result in pixels; the photo's own if left out. */
  readonly size?: number | undefined;
  /** From 0, the photo, to 1, the whole style: blends pixels. 1 if left out. */
  readonly strength?: number | undefined;
  /** Deviation of the grain that calm parts of the photo get, in steps of 1/255; see `withGrain`. */
  readonly grain?: number | undefined;
  /** Side of the tiles in pixels; null for none. By the memory at hand if left out. */
  readonly tile?: number | null | undefined;
  /**
   * Bytes that may be used, this process included; what is free if left out. A picture that needs more is
   * painted in tiles.
   */
  readonly memory?: number | undefined;
  /** Where the networks that ship lie; a store that is open keeps what it has read. */
  readonly networks?: NetworkStore | undefined;
  /** Ends the work. */
  readonly signal?: AbortSignal | undefined;
  /** Told how it goes. */
  readonly onEvent?: ((event: PaintEvent) => void) | undefined;
}

/** What a network made of a photo, and how it came about. */
export interface NetworkResult extends PaintResult {
  /** The photo. */
  readonly content: Source;
  /** The network's file. */
  readonly network: Pick<NetworkFile, "path" | "sha256">;
  /** Share of each style, as given. */
  readonly styles: StyleShares;
  /** Parts of the photo that had styles of their own. */
  readonly regions?: readonly NetworkRegionOrigin[];
  readonly strength: number;
  /** Deviation of the grain of calm parts, in steps of 1/255. */
  readonly grain: number;
  /** Longer side that was asked for; null where the photo's was kept. */
  readonly size: number | null;
  /** What was done about colours. */
  readonly colours: SettledColours;
  /** Where it was computed. */
  readonly device: Device;
  /** Threads of the CPU. */
  readonly threads: number;
}

/** Of the memory that is free, what is left alone where tiles make that possible: others want some, too. */
const spareShare = 0.25;

/**
 * Paints a photo in one pass of a network that has learnt its styles: a second where `stylize` takes
 * a minute.
 *
 * @returns the picture; write it with {@link writeImage}
 * @throws {OptionError} if an option is out of its range, the network has no such style, or the picture does
 *   not fit in memory even in tiles; the message says what size does
 * @throws {MediaError} if the photo cannot be read
 * @throws {WeightsError} if the network cannot be read
 * @throws {RuntimeUnavailableError} if the machine does not offer the device
 * @throws what `signal` was aborted with
 */
export async function stylizeWithNetwork(options: NetworkOptions): Promise<NetworkResult> {
  const { content, regions = [], size, signal, onEvent } = options;
  const { strength = 1, grain = usualGrain } = options;
  const { preserveColor, colorMatching, palette } = options;
  const choice = paintColours.parse({ preserveColor, colorMatching, palette });
  const colours = settleColours(choice);
  const store = options.networks ?? new NetworkStore();
  // Reading takes as long as starting a runtime: both go on at once.
  const reading = { size, memory: options.memory, onWarning: warningsTo(onEvent) };
  const inputs = Promise.all([
    chosen(store, options),
    loadPicture(content, "the photo", reading),
    ...regions.map(({ mask }) => loadPicture(mask, "the mask of a region", reading)),
  ]);
  inputs.catch(() => undefined); // It is awaited below, unless the runtime fails first.
  return await withRuntime(options, async (runtime) => {
    const [{ file, shares }, photo, ...masks] = await inputs;
    const scaled = sharesEvent(Object.values(shares));
    if (scaled) onEvent?.(scaled);
    const { tile } = options;
    const memory = usableMemory(options.memory);
    const spare = options.memory === undefined ? spareShare * memory : 0;
    const areas = masks.map(({ picture }, i) => ({
      mask: picture,
      network: mixed(file, { [regions[i]!.style]: 1 }),
    }));
    const painting = { size, strength, grain, ...colours, tile, memory, spare, signal, onEvent };
    return {
      ...(await paintRegions(runtime, mixed(file, shares), areas, photo.picture, painting)),
      content: photo.source,
      network: { path: file.path, sha256: file.sha256 },
      styles: shares,
      ...(regions.length > 0 && {
        regions: masks.map(({ source }, i) => ({ mask: source, style: regions[i]!.style })),
      }),
      strength,
      grain,
      size: size ?? null,
      colours,
      device: runtime.device,
      threads: runtime.threads,
    };
  });
}

async function chosen(
  store: NetworkStore,
  { network = "still", styles = [], regions = [] }: NetworkOptions,
): Promise<{ file: NetworkFile; shares: StyleShares }> {
  const given = styles.map((style) => (typeof style === "string" ? { name: style } : style));
  const wrong = given.find(({ weight = 1 }) => !(weight > 0 && Number.isFinite(weight)));
  if (wrong !== undefined)
    throw new OptionError(
      `the weight of style ${wrong.name} must be a number above 0; got ${wrong.weight}.`,
    );
  const names = given.map(({ name }) => name);
  if (!isKind(network)) {
    const file = await store.read(network);
    return { file, shares: sharesOf(given, file) };
  }
  if (names.length === 0)
    throw new OptionError(`the network "${network}" has several styles: name at least one.`);
  const all = [...names, ...regions.map(({ style }) => style)];
  const file = await store.findStyles(network, [...new Set(all)]);
  return { file, shares: sharesOf(given, file) };
}

function sharesOf(given: readonly StyleByName[], { path, network }: NetworkFile): StyleShares {
  const [only, ...others] = network.styles as readonly [NetworkStyle, ...NetworkStyle[]];
  if (given.length === 0 && others.length > 0)
    throw new OptionError(
      `${path} has several styles: expected at least one of ${network.styles.map(({ name }) => name).join(", ")}. Name it, as in FILE.onnx#${only.name}.`,
    );
  if (given.length === 0) return { [only.name]: 1 };
  // A map, as a style may be called "__proto__".
  const shares = new Map<string, number>();
  // Whoever names a style twice wants more of it.
  for (const { name, weight = 1 } of given) shares.set(name, (shares.get(name) ?? 0) + weight);
  return Object.fromEntries(shares);
}

const mixtures = new WeakMap<NetworkFile, Map<string, Network>>();

/** One network for each mixture, by which a runtime knows the program again. */
function mixed(file: NetworkFile, shares: StyleShares): Network {
  const known = mixtures.get(file) ?? new Map<string, Network>();
  mixtures.set(file, known);
  const key = JSON.stringify(shares);
  const network = known.get(key) ?? mixStyles(file.network, shares);
  known.set(key, network);
  return network;
}
