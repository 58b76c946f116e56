// Files that are never half-written: all bytes go to a temporary file beside the target, which takes
// the target's name only when it is complete and on the disk.

import { rmSync } from "node:fs";
import { open, readlink, realpath, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { DeepstyleError } from "@deepstyle/engine";
import { FileError, type FileErrorCode } from "../errors.ts";
import { systemCode } from "./systemErrors.ts";
import { sweepTemporaries, temporaryName } from "./temporaries.ts";

const pendingPaths = new Set<string>();

/**
 * Removes the temporary files of all writes that are under way, at once and without waiting, so that
 * an interrupted program leaves none behind. The targets keep their old content.
 *
 * Runs by itself when the process exits. A signal that ends the process does not count as an exit:
 * a handler of SIGINT must call this, or `process.exit`.
 */
export function removePendingFiles(): void {
  for (const path of pendingPaths) {
    try {
      rmSync(path, { force: true });
    } catch {
      // Somebody writes to it still: the next run sweeps it.
    }
  }
  pendingPaths.clear();
}

/** Has {@link removePendingFiles} remove a file, too, until {@link forgetPendingFile}. */
export function notePendingFile(path: string): void {
  if (!process.listeners("exit").includes(removePendingFiles)) {
    process.on("exit", removePendingFiles);
  }
  pendingPaths.add(path);
}

/** The file is gone, or is to stay. */
export function forgetPendingFile(path: string): void {
  pendingPaths.delete(path);
}

/**
 * Writes a file completely or not at all: temporary name in the same folder, fsync, rename. Whatever
 * goes wrong, an older file at `path` keeps its content, and no temporary file stays; one that a killed
 * process left goes with the next write to the folder. The new file has the older one's permissions; a
 * symbolic link stays one, and its target is replaced.
 *
 * @param path - the file to write; its folder must exist
 * @param content - bytes, in parts where they are many, or text to be written as UTF-8
 * @throws {FileError} if the file cannot be written
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string | Iterable<Uint8Array>,
): Promise<void> {
  // Its types leave out what comes in parts, which it takes as `writeFile` does.
  await replaceFile(path, ({ handle }) => handle.writeFile(content as Uint8Array | string));
}

/**
 * Has another program write a file, as completely or not at all as {@link writeFileAtomic}.
 *
 * @param make - writes the file that it is given, which is there already, empty
 * @throws {FileError} if the file cannot be written
 * @throws what `make` throws of deepstyle's own errors
 */
export async function makeFileAtomic(
  path: string,
  make: (temporary: string) => Promise<void>,
): Promise<void> {
  await replaceFile(path, (pending) => make(pending.path));
}

async function replaceFile(
  path: string,
  fill: (pending: PendingFile) => Promise<void>,
): Promise<void> {
  const target = await inspectTarget(path);
  await reportingFailures(path, async () => {
    const pending = await openPending(dirname(target.path));
    try {
      try {
        await fill(pending);
        if (target.mode !== undefined) await pending.handle.chmod(target.mode);
        await pending.handle.sync();
      } finally {
        await pending.handle.close();
      }
      await rename(pending.path, target.path);
      forgetPendingFile(pending.path);
    } catch (error) {
      await discardPending(pending.path);
      throw error;
    }
  });
  await syncFolder(dirname(target.path));
}

/**
 * Adds text to the end of a file, which is made if need be, and waits until it is on the disk. A process that
 * is killed, or a full disk, can leave a part of the text.
 *
 * @throws {FileError} if the file cannot be written
 */
export async function appendToFile(path: string, text: string): Promise<void> {
  await reportingFailures(path, async () => {
    const file = await open(path, "a");
    try {
      await file.appendFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
  });
}

/**
 * Finds out whether files could be written, to be asked before long work starts. It tries rather
 * than reads permissions: it makes a small temporary file in each folder and removes it again.
 *
 * @param paths - the files that are to be written; older ones there are left as they are
 * @throws {FileError} if a folder is absent or cannot be written to, or if something at one of the
 * paths is in the way: a folder, a device, a write-protected file
 */
export async function checkWritable(...paths: readonly string[]): Promise<void> {
  const tried = new Set<string>();
  for (const path of paths) {
    const folder = dirname((await inspectTarget(path)).path);
    if (tried.has(folder)) continue;
    tried.add(folder);
    await reportingFailures(path, async () => {
      const probe = await openPending(folder);
      try {
        // A disk may have room for a name and for nothing else.
        await probe.handle
          .writeFile(new Uint8Array(probeBytes))
          .finally(() => probe.handle.close());
      } finally {
        await discardPending(probe.path);
      }
    });
  }
}

/** A block of most file systems. */
const probeBytes = 4096;

interface Target {
  /** The file itself, symbolic links followed. */
  readonly path: string;
  /** Permission bits of the file that is there now. */
  readonly mode: number | undefined;
}

async function inspectTarget(path: string): Promise<Target> {
  const target = await reportingFailures(path, () => targetOf(path));
  const folder = await statIfThere(path, dirname(target));
  if (!folder?.isDirectory()) {
    const problem = folder ? "is not a folder" : "does not exist";
    throw new FileError(
      "ERR_FILE_NO_FOLDER",
      path,
      `${path} cannot be written: the folder ${dirname(target)} ${problem}. Create it first, or choose another place.`,
    );
  }
  const older = await statIfThere(path, target);
  if (older === undefined) return { path: target, mode: undefined };
  if (older.isDirectory()) {
    throw new FileError(
      "ERR_FILE_IS_FOLDER",
      path,
      `${path} cannot be written: it is a folder, expected a file. Give a file name inside it.`,
    );
  }
  if (!older.isFile()) {
    throw new FileError(
      "ERR_FILE_NOT_REGULAR",
      path,
      `${path} cannot be written: it is a device, pipe or socket, expected a file. Choose another name.`,
    );
  }
  await reportingFailures(path, async () => {
    // Rename would replace a write-protected file without asking.
    const handle = await open(target, "r+");
    await handle.close();
  });
  return { path: target, mode: older.mode & 0o7777 };
}

/**
 * The file that a path leads to: symbolic links are followed like those of `realpath`, but also to a
 * file that does not exist yet.
 *
 * @returns a full path
 * @throws Error as the system throws it, if links lead in a circle or a folder cannot be looked into
 */
export async function targetOf(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch (error) {
    if (!isAbsence(error)) throw error;
  }
  const folder = dirname(full);
  if (folder === full) return full;
  const place = join(await targetOf(folder), basename(full));
  let link: string;
  try {
    link = await readlink(place);
  } catch {
    return place;
  }
  return await targetOf(resolve(dirname(place), link));
}

async function statIfThere(path: string, part: string) {
  try {
    return await stat(part);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw failure(path, error);
  }
}

function isAbsence(error: unknown): boolean {
  const code = systemCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

interface PendingFile {
  readonly path: string;
  readonly handle: FileHandle;
}

async function openPending(folder: string): Promise<PendingFile> {
  await sweepTemporaries(folder);
  const path = pendingPath(folder);
  try {
    return { path, handle: await open(path, "wx") };
  } catch (error) {
    forgetPendingFile(path);
    throw error;
  }
}

function pendingPath(folder: string): string {
  const path = join(folder, temporaryName());
  notePendingFile(path);
  return path;
}

async function discardPending(path: string): Promise<void> {
  await rm(path, { force: true });
  forgetPendingFile(path);
}

/** Makes a rename last through a power cut, where the platform can sync a folder; Windows cannot. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The file is complete under its name already; only the moment it reaches the disk is open.
  }
}

/** Runs something that writes a file, and tells what the system throws as a {@link FileError}. */
export async function reportingFailures<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof DeepstyleError ? error : failure(path, error);
  }
}

const FAILURES: Readonly<Record<string, readonly [FileErrorCode, why: string, remedy: string]>> = {
  EACCES: ["ERR_FILE_PROTECTED", "permission denied", "Change the permissions"],
  EPERM: ["ERR_FILE_PROTECTED", "permission denied", "Change the permissions"],
  EROFS: ["ERR_FILE_PROTECTED", "the file system is read-only", "Mount it for writing"],
  ENOSPC: ["ERR_FILE_DISK_FULL", "the disk is full", "Make room"],
  EDQUOT: ["ERR_FILE_DISK_FULL", "the disk quota is used up", "Make room"],
  EFBIG: ["ERR_FILE_WRITE", "it would be larger than files may be there", "Raise the limit"],
};

function failure(path: string, error: unknown): FileError {
  const [code, why, remedy] = FAILURES[systemCode(error) ?? ""] ?? [
    "ERR_FILE_WRITE",
    `the system says "${error instanceof Error ? error.message : String(error)}"`,
    "Mend that",
  ];
  const message = `${path} cannot be written: ${why}. ${remedy}, or choose another place.`;
  return new FileError(code, path, message, { cause: error });
}
