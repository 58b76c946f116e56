// What a run reads and what it will write. Every command and every function that writes says it here before
// any work: no file that the run is made from is written over, and no two files become one.

import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { OptionError } from "@deepstyle/core";
import { checkWritable, targetOf } from "./files.ts";
import { openInput } from "./inputFile.ts";

/** A file, and what it is to the user. */
export interface Place {
  readonly path: string;
  /** In the user's words: `the photo`, `--record`, `picture 2 of --interpolate`. */
  readonly role: string;
}

/** A file that is read, in its role; none where there is no file, as with a picture in memory. */
export function readPlace(role: string, path: string | null | undefined): Place[] {
  return path === undefined || path === null ? [] : [{ path, role }];
}

/** A file that a run will write, remove or write beside others on the way. */
export interface WrittenPlace extends Place {
  /** What to do where it cannot be written: `Choose another name with -o.` */
  readonly remedy: string;
  /** What a file that is there already must be, so that it may be replaced; anything if left out. */
  readonly older?: OlderFile | undefined;
  /** Whether it is written at all shows only later, and with it whether it can be. */
  readonly ifNeeded?: boolean | undefined;
}

/** A kind of file that is replaced or removed without asking, as the program made it for itself. */
export interface OlderFile {
  /** `checkpoint of a picture`. */
  readonly kind: string;
  /** Where in a file of this kind the text below stands, in bytes. */
  readonly at: number;
  /** What tells a file of this kind. An empty file is anything: nothing is lost with it. */
  readonly text: string;
}

/** Everything that a run reads, and everything that it may write. */
export interface Places {
  readonly reads: readonly Place[];
  readonly writes: readonly WrittenPlace[];
}

/**
 * Refuses a run that would write over what it is made from, or two files to one place, or a file where none
 * can be written. Links of both kinds are seen through. Nothing is changed.
 *
 * @throws {OptionError} that names both roles of the file, or what it is taken for, and what to do
 * @throws {FileError} if a file cannot be written
 */
export async function expectPlaces({ reads, writes }: Places): Promise<void> {
  const sources = await byFile(reads);
  const taken = new Map<string, WrittenPlace>();
  for (const write of writes) {
    const file = await identityOf(write.path);
    const source = sources.get(file);
    if (source !== undefined)
      throw new OptionError(
        `${named(write, source)} would overwrite ${isSame(write, source) ? write.path : source.path}, ${source.role}. ${write.remedy}`,
      );
    const other = taken.get(file);
    if (other !== undefined)
      throw new OptionError(
        `${named(other, write)} and ${write.role} would both become ${write.path}. ${write.remedy}`,
      );
    taken.set(file, write);
  }
  const certain = writes.filter(({ ifNeeded = false }) => !ifNeeded);
  await checkWritable(...certain.map(({ path }) => path));
  for (const { path, role, remedy, older } of certain)
    if (older !== undefined && !(await isOlder(path, older)))
      throw new OptionError(
        `${role} would overwrite ${path}, which is no ${older.kind}. ${remedy}`,
      );
}

/** Whether a file may be replaced as one of a kind: it is of this kind, or empty, or there is none. */
export async function isOlder(path: string, { at, text }: OlderFile): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return true;
  if (!found.isFile()) return false;
  const { handle } = await openInput(path);
  try {
    const wanted = Buffer.from(text);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(at + wanted.length), {
      position: 0,
    });
    return bytesRead === 0 || buffer.subarray(at, bytesRead).equals(wanted);
  } finally {
    await handle.close();
  }
}

/** The role of a place, with its path where the other's is another path to the same file. */
function named(place: Place, other: Place): string {
  return isSame(place, other) ? place.role : `${place.role} (${place.path})`;
}

/** Whether two paths are one, however they are spelt; links are not followed. */
function isSame(a: Place, b: Place): boolean {
  return resolve(a.path) === resolve(b.path);
}

async function byFile(places: readonly Place[]): Promise<Map<string, Place>> {
  const files = await Promise.all(places.map(({ path }) => identityOf(path)));
  // The first role of a file is the plainest one.
  return new Map(places.map((place, i) => [files[i]!, place] as const).reverse());
}

/** The same text for the same file, whatever path leads to it. */
async function identityOf(path: string): Promise<string> {
  const there = await identityIfThere(path);
  if (there !== undefined) return there;
  // A path that cannot be looked into is told where it is read or written.
  const target = await targetOf(path).catch(() => path);
  return ignoresCase() ? target.normalize().toLowerCase() : target;
}

async function identityIfThere(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Whether names that differ in case alone are one file, as is usual on these platforms. */
function ignoresCase(): boolean {
  return process.platform === "darwin" || process.platform === "win32";
}
