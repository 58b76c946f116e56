import { stat } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  defaultEncoders,
  encoderNamed,
  OptionError,
  readSafetensors,
  WeightsError,
  type Encoder,
  type EncoderName,
  type EncoderOptions,
  type Safetensors,
} from "@deepstyle/core";
import { readInput } from "../system/inputFile.ts";
import { sha256 } from "../system/sha256.ts";
import { whyUnread } from "../system/systemErrors.ts";

/** The folder of models that come with the program: looked into after all others. */
const embeddedFolder = join(
  dirname(fileURLToPath(import.meta.resolve("@deepstyle/core/package.json"))),
  "embedded",
);

/** Where models are looked for. */
export interface ModelFolder {
  /** The folder, as it was named. */
  readonly path: string;
  /** Why it is looked into: `--models`, `DEEPSTYLE_MODELS`, `cache`. */
  readonly source: "--models" | "DEEPSTYLE_MODELS" | "cache";
}

/** A weights file that has been read. */
export interface ModelFile {
  /** The file, beginning with the folder it was found in. */
  readonly path: string;
  /** Of the file's bytes, in hexadecimal. */
  readonly sha256: string;
  /** Its tensors and metadata. */
  readonly content: Safetensors;
}

/** The weights of an encoder that went into a picture. */
export interface WeightsOrigin {
  /** Full path. */
  readonly path: string;
  /** Of the file's bytes, in hexadecimal. */
  readonly sha256: string;
}

/** Where models come from. */
export interface ModelOptions {
  /** A folder to look into before the usual ones, or a store that is open already. */
  readonly models?: string | ModelStore | undefined;
}

/** Settings of {@link ModelStore}. */
export interface ModelStoreOptions {
  /** A folder to look into before all others, or several. */
  readonly models?: string | readonly string[] | undefined;
  /** Environment variables; those of the process if left out. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds and loads the weights of encoders. It looks into the folder it was given, then that of the
 * environment variable `DEEPSTYLE_MODELS`, then the user's cache folder, then among the models that
 * come with the program. Files and encoders are loaded once and kept, so that several pictures share
 * them.
 */
export class ModelStore {
  /** Where it looks, in this order. */
  readonly folders: readonly ModelFolder[];
  readonly #models: readonly string[];
  readonly #files = new Map<string, Promise<ModelFile>>();
  readonly #encoders = new Map<string, Promise<Encoder>>();

  constructor({ models, environment = process.env }: ModelStoreOptions = {}) {
    const variable = environment["DEEPSTYLE_MODELS"];
    this.#models = typeof models === "string" ? [models] : (models ?? []);
    this.folders = [
      ...this.#models.map((path) => ({ path, source: "--models" as const })),
      ...(variable ? [{ path: variable, source: "DEEPSTYLE_MODELS" as const }] : []),
      ...cacheFolders(environment).map((path) => ({ path, source: "cache" as const })),
    ];
  }

  /**
   * The weights file of an encoder; it is not opened.
   *
   * @returns its path, or undefined if no folder has it
   * @throws {OptionError} if there is no encoder of this name
   */
  async find(name: string): Promise<string | undefined> {
    for (const path of [...this.folders.map((folder) => folder.path), embeddedFolder]) {
      const file = join(path, encoderNamed(name).file);
      if (await isThere(file)) return file;
    }
    return undefined;
  }

  /**
   * The encoder to use where none is asked for: VGG-19 where it is installed, otherwise the one that
   * comes with the program.
   *
   * @throws {OptionError} if `models` is not a folder
   */
  async usualEncoder(): Promise<EncoderName> {
    await this.#expectFolder();
    for (const name of defaultEncoders) if ((await this.find(name)) !== undefined) return name;
    return defaultEncoders.at(-1)!;
  }

  /**
   * Reads the weights file of an encoder.
   *
   * @throws {OptionError} if there is no encoder of this name, or `models` is not a folder
   * @throws {WeightsError} if the file is in none of the folders, or damaged
   */
  read(name: string): Promise<ModelFile> {
    return remembered(this.#files, name, async () => {
      await this.#expectFolder();
      const path = await this.find(name);
      if (path === undefined) throw this.#missing(name);
      return await naming(path, async () => {
        const bytes = await readInput(path).catch((cause: unknown) => {
          throw new WeightsError(`it ${whyUnread(path, cause)}: expected weights.`, { cause });
        });
        return { path, sha256: sha256(bytes), content: readSafetensors(bytes) };
      });
    });
  }

  /**
   * What a record says about the weights of an encoder.
   *
   * @throws as {@link read} does
   */
  async origin(name: string): Promise<WeightsOrigin> {
    const { path, sha256: hash } = await this.read(name);
    return { path: resolve(path), sha256: hash };
  }

  /**
   * What a record says about the weights of several encoders, by their names.
   *
   * @throws as {@link read} does
   */
  async origins(names: readonly string[]): Promise<Readonly<Record<string, WeightsOrigin>>> {
    const origins = names.map(async (name) => [name, await this.origin(name)] as const);
    return Object.fromEntries(await Promise.all(origins));
  }

  /**
   * Loads an encoder with its channels normalised.
   *
   * @throws {OptionError} if there is no encoder of this name, or `models` is not a folder
   * @throws {WeightsError} if its file is missing, damaged, or that of another network
   */
  loadEncoder(name: string, options: Required<EncoderOptions>): Promise<Encoder> {
    const { pooling, edge } = options;
    return remembered(this.#encoders, [name, pooling, edge].join(), async () => {
      const { path, content } = await this.read(name);
      const { tensors, metadata } = content;
      return await naming(path, () => encoderNamed(name).load(tensors, metadata, options));
    });
  }

  async #expectFolder(): Promise<void> {
    for (const folder of this.#models) {
      if ((await stat(folder).catch(() => undefined))?.isDirectory()) continue;
      throw new OptionError(
        `${folder} is no folder: expected the one that holds the models. Check --models.`,
      );
    }
  }

  #missing(name: string): WeightsError {
    const { file, isEmbedded, howToGet } = encoderNamed(name);
    const folders = this.folders.map(({ path }) => path);
    const looked = [...folders, ...(isEmbedded ? [embeddedFolder] : [])].join(", ");
    const place = join(this.folders.at(-1)?.path ?? "a folder", file);
    return new WeightsError(`${file} was not found; looked in ${looked}. ${howToGet(place)}`);
  }
}

/**
 * The folder for what a program has fetched and can fetch again, as each platform has it; none for who has no
 * home. Relative paths are not believed: they would be another folder wherever the program is started. The XDG base
 * directory specification has them ignored, too.
 */
function cacheFolders(environment: Readonly<Record<string, string | undefined>>): string[] {
  const { LOCALAPPDATA = "", XDG_CACHE_HOME = "" } = environment;
  const inHome = (...folders: readonly string[]): string[] => {
    const home = homeFolder(environment);
    return home === undefined ? [] : [join(home, ...folders)];
  };
  const among = (own: string, others: readonly string[]): readonly string[] =>
    isAbsolute(own) ? [own] : others;
  switch (process.platform) {
    case "win32":
      return among(LOCALAPPDATA, inHome("AppData", "Local")).map((path) =>
        join(path, "deepstyle", "Cache"),
      );
    case "darwin":
      return inHome("Library", "Caches", "deepstyle");
    default:
      return among(XDG_CACHE_HOME, inHome(".cache")).map((path) => join(path, "deepstyle"));
  }
}

/** The user's folder; that of the system's list of users where the environment names none. */
function homeFolder({
  HOME = "",
}: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = process.platform === "win32" ? homedir() : HOME;
  if (isAbsolute(named)) return named;
  try {
    const { homedir: listed } = userInfo();
    return isAbsolute(listed) ? listed : undefined;
  } catch {
    return undefined; // A user without an entry there.
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** Errors about a weights file with its name in front. */
async function naming<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WeightsError(`${path}: ${message}`, { cause });
  }
}

/** What was made under a key before, or is made now; a failure is not kept. */
function remembered<T>(
  known: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}
