// One run at a time for a file that keeps work: beside it lies `NAME.lock`, which says whose it is. A run
// that was killed leaves its lock; the next one sees that nobody holds it.

import { mkdir, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { FileError } from "../errors.ts";
import {
  checkWritable,
  forgetPendingFile,
  notePendingFile,
  reportingFailures,
  targetOf,
} from "../system/files.ts";
import { readInputText } from "../system/inputFile.ts";
import { isObject } from "../system/json.ts";
import type { OlderFile } from "../system/places.ts";
import { systemCode } from "../system/systemErrors.ts";

/** What is in a lock. */
interface Owner {
  /** The machine. */
  readonly host: string;
  /** The process. */
  readonly pid: number;
  /** When the process was started, by the system's own count; null where the system does not tell. */
  readonly started: string | null;
}

/** How a lock begins. */
export const lockFile: OlderFile = { kind: "lock of a run", at: 0, text: '{"host":' };

/** The lock of a file. */
export async function lockOf(path: string): Promise<string> {
  return `${await targetOf(path)}.lock`;
}

/**
 * Does something to a file that no other run does anything to meanwhile.
 *
 * @param path - the file; its folder must exist
 * @throws {FileError} if another run holds the file, or its lock cannot be written
 */
export async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = await lockOf(path);
  await checkWritable(path, lock);
  await reportingFailures(lock, () => take(lock, path));
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
    forgetPendingFile(lock);
  }
}

async function take(lock: string, path: string): Promise<void> {
  const { pid } = process;
  const own: Owner = { host: hostname(), pid, started: (await startOf(pid)) ?? null };
  while (!(await isMade(lock, JSON.stringify(own)))) {
    const found = await contentOf(lock);
    if (found === undefined) continue; // It has just gone.
    const owner = parseOwner(found);
    if (owner === undefined && found !== "")
      throw new FileError(
        "ERR_FILE_IN_USE",
        path,
        `${path} cannot be worked on: ${lock} is in the way and no ${lockFile.kind}. Move it, or choose another name.`,
      );
    if (owner !== undefined && (await isHeld(owner)))
      throw new FileError(
        "ERR_FILE_IN_USE",
        path,
        `${path} is worked on by another run, process ${owner.pid} on ${owner.host}: expected one at a time. Wait for it, or choose another name; if it has ended, remove ${lock}.`,
      );
    await clearAway(lock, found);
  }
  notePendingFile(lock);
}

async function isMade(lock: string, content: string): Promise<boolean> {
  try {
    await writeFile(lock, content, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** The text of a lock; none where it has gone. One that is empty is given a moment to be written. */
async function contentOf(lock: string): Promise<string | undefined> {
  for (let tries = 0; ; tries++) {
    try {
      const text = await readInputText(lock);
      if (text !== "" || tries === 10) return text;
    } catch (error) {
      if (systemCode(error) === "ENOENT") return undefined;
      throw error;
    }
    await pause(50);
  }
}

/**
 * Removes a lock that nobody holds. Others may be about to do the same, and one of them may have made its own
 * by now: they take turns, and only the text that was read is removed. A folder marks whose turn it is, as one
 * that is not empty cannot be removed by mistake.
 */
async function clearAway(lock: string, stale: string): Promise<void> {
  const turn = `${lock}.tmp`;
  try {
    await mkdir(turn);
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw error;
    await pause(50);
    await endLostTurn(turn);
    return;
  }
  try {
    if ((await contentOf(lock)) === stale) await rm(lock, { force: true });
  } finally {
    await rmdir(turn);
  }
}

/** A turn takes milliseconds. One that lasts has lost its process. */
async function endLostTurn(turn: string): Promise<void> {
  const since = await stat(turn).catch(() => undefined);
  if (since !== undefined && Date.now() - since.mtimeMs > 10_000) await rmdir(turn);
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner: unknown = JSON.parse(text);
    if (!isObject(owner)) return undefined;
    const { host, pid, started } = owner;
    const isOwner =
      typeof host === "string" &&
      Number.isInteger(pid) &&
      (started === null || typeof started === "string");
    return isOwner ? (owner as unknown as Owner) : undefined;
  } catch {
    return undefined;
  }
}

/** Of another machine nothing is known: its locks are held until somebody removes them. */
async function isHeld({ host, pid, started }: Owner): Promise<boolean> {
  if (host !== hostname()) return true;
  if (!isAlive(pid)) return false;
  const now = await startOf(pid);
  // Numbers of processes are given out again.
  return now === undefined || started === null || now === started;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== "ESRCH";
  }
}

/**
 * When a process was started, as Linux counts it since the machine was; undefined where the system does not
 * tell. One that has ended and is only waiting to be asked how has no start.
 */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name before may hold spaces and brackets.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return ["Z", "X"].includes(fields[0]!) ? "ended" : fields[19];
  } catch {
    return undefined;
  }
}
