import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import {
  decodeNetwork,
  networkKinds,
  OptionError,
  unknownName,
  WeightsError,
  type Architecture,
  type Network,
  type NetworkStyle,
} from "@deepstyle/core";
import { readInput } from "../system/inputFile.ts";
import { sha256 } from "../system/sha256.ts";
import { systemCode, whyUnread } from "../system/systemErrors.ts";

/** Networks with all embedded styles: `still` for pictures, `video` for speed. */
export type NetworkKind = Architecture["kind"];

/** A network's file that has been read. */
export interface NetworkFile {
  /** Full path. */
  readonly path: string;
  /** Of the file's bytes, in hexadecimal. */
  readonly sha256: string;
  readonly network: Network;
}

/** A style that can be asked for by its name. */
export interface EmbeddedStyle extends NetworkStyle {
  /** The networks that have learnt it. */
  readonly networks: readonly NetworkKind[];
}

/** Settings of {@link NetworkStore}. */
export interface NetworkStoreOptions {
  /**
   * A folder with `still.onnx` and `video.onnx`; that of the environment variable
   * `DEEPSTYLE_NETWORKS`, else the networks that ship, if left out.
   */
  readonly folder?: string | undefined;
  /** Environment variables; those of the process if left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Finds and reads networks that paint in one pass. Each file is read once and kept. */
export class NetworkStore {
  /** Where the networks of the named styles lie. */
  readonly folder: string;
  readonly #files = new Map<string, Promise<NetworkFile>>();

  constructor({ folder, environment = process.env }: NetworkStoreOptions = {}) {
    this.folder = folder ?? (environment["DEEPSTYLE_NETWORKS"] || embeddedFolder());
  }

  /**
   * Reads a network that `deepstyle train` has written.
   *
   * @throws {WeightsError} if the file cannot be read, is damaged, or is no such network
   */
  read(path: string): Promise<NetworkFile> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const file = readNetworkFile(path);
    this.#files.set(path, file);
    file.catch(() => this.#files.delete(path));
    return file;
  }

  /** The file of a network: of one of the named styles, which may not be installed, or the one that is named. */
  pathOf(network: NetworkKind | (string & {})): string {
    return isKind(network) ? join(this.folder, `${network}.onnx`) : network;
  }

  /** The network of the named styles; undefined where none is installed. */
  async embedded(kind: NetworkKind): Promise<NetworkFile | undefined> {
    try {
      return await this.read(this.pathOf(kind));
    } catch (error) {
      if (systemCode((error as Error).cause) === "ENOENT") return undefined;
      throw error;
    }
  }

  /** All styles that can be asked for by name, in the order of their network. */
  async styles(): Promise<readonly EmbeddedStyle[]> {
    const styles = new Map<string, EmbeddedStyle>();
    for (const kind of networkKinds) {
      const file = await this.embedded(kind);
      for (const style of file?.network.styles ?? []) {
        const known = styles.get(style.name);
        const networks = [...(known?.networks ?? []), kind];
        styles.set(style.name, { ...style, ...known, networks });
      }
    }
    return [...styles.values()];
  }

  /**
   * The network that has learnt styles, which are asked for by name.
   *
   * @param network - one of those that ship, or the file of another
   * @param names - at least one of a network that ships
   * @throws {OptionError} if the network does not know one of them, with the nearest one that it does,
   *   or no network is installed
   * @throws {WeightsError} as {@link read} does
   */
  async findStyles(
    network: NetworkKind | (string & {}),
    names: readonly string[],
  ): Promise<NetworkFile> {
    const file = isKind(network) ? await this.embedded(network) : await this.read(network);
    if (file === undefined)
      throw new OptionError(
        `"${names[0]!}" is no style: the network "${network}" is not installed (${this.pathOf(network)}). ${otherWays}`,
      );
    const known = file.network.styles.map(({ name }) => name);
    const unknown = names.find((name) => !known.includes(name));
    if (unknown === undefined) return file;
    const { message } = unknownName(`style of the network "${network}"`, unknown, known);
    throw new OptionError(`${message} ${otherWays}`);
  }
}

/** Whether it is one of the networks that ship, and not a file. */
export function isKind(network: unknown): network is NetworkKind {
  return networkKinds.some((kind) => kind === network);
}

const otherWays = "A painting's image file is optimised; FILE.onnx is a network of your own.";

function embeddedFolder(): string {
  const require = createRequire(import.meta.url);
  return join(dirname(require.resolve("@deepstyle/core/package.json")), "embedded");
}

async function readNetworkFile(path: string): Promise<NetworkFile> {
  const bytes = await readInput(path).catch((cause: unknown) => {
    throw new WeightsError(
      `${path} ${whyUnread(path, cause)}: expected a network made by deepstyle train. Check the name.`,
      { cause },
    );
  });
  try {
    return { path: resolve(path), sha256: sha256(bytes), network: decodeNetwork(bytes) };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WeightsError(`${path}: ${message}`, { cause });
  }
}
