// The door through which every file of the user's comes in. Only regular files pass: a pipe never ends, and a
// device may have no end at all.

import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { OptionError } from "@deepstyle/core";
import { InputError, notRegular } from "./systemErrors.ts";

/** Buffers of more bytes are not made by all versions of Node, and no format that is read here is larger. */
const largestFile = 2 ** 31 - 1;

/** Records, lists of facts and logs: text that people could read. */
const largestText = 64 * 2 ** 20;

/**
 * Opens a file of the user's for reading.
 *
 * @returns the handle, to be closed, and how many bytes the file has
 * @throws {InputError} if it is no regular file
 * @throws Error as the system throws it, if it cannot be opened
 */
export async function openInput(
  path: string,
): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  // Without O_NONBLOCK the opening of a pipe would wait for somebody who writes to it. Windows has neither.
  const { O_RDONLY, O_NONBLOCK = 0, O_NOCTTY = 0 } = constants as Partial<typeof constants>;
  const handle = await open(path, O_RDONLY! | O_NONBLOCK | O_NOCTTY);
  const file = await handle.stat();
  if (file.isFile()) return { handle, size: file.size };
  await handle.close();
  throw new InputError(file.isDirectory() ? "is a folder" : notRegular);
}

/**
 * Reads a file of the user's: as many bytes as it had when it was opened.
 *
 * @param most - bytes that it may have
 * @throws {InputError} if it is no regular file, or larger
 * @throws Error as the system throws it, if it cannot be read
 */
export async function readInput(path: string, most = largestFile): Promise<Buffer> {
  const { handle, size } = await openInput(path);
  try {
    if (size > most) throw new InputError(`has ${size} bytes, more than ${most}`);
    const bytes = Buffer.allocUnsafeSlow(size);
    let done = 0;
    while (done < size) {
      const { bytesRead } = await handle.read(bytes, done, size - done, done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await handle.close();
  }
}

/**
 * Reads a text of the user's as UTF-8.
 *
 * @throws as {@link readInput} does
 */
export async function readInputText(path: string): Promise<string> {
  return (await readInput(path, largestText)).toString("utf8");
}

/**
 * SHA-256 of a file, in hexadecimal.
 *
 * @throws {InputError} if it is no regular file
 * @throws Error as the system throws it, if it cannot be read
 */
export async function sha256OfFile(path: string): Promise<string> {
  const { handle } = await openInput(path);
  const hash = createHash("sha256");
  await pipeline(handle.createReadStream(), hash);
  return hash.digest("hex");
}

/**
 * The path of a file that a developer has named.
 *
 * @param what - what it is in messages: `the photo`
 * @throws {OptionError} if it is neither a path nor a URL of a file
 */
export function pathOf(file: unknown, what: string): string {
  if (typeof file === "string") return file;
  try {
    if (file instanceof URL) return fileURLToPath(file);
  } catch {
    // It is the URL of something else.
  }
  const got = file instanceof URL ? file.href : kindOf(file);
  throw new OptionError(`${what} must be a path or a file: URL; got ${got}.`);
}

/** What something is, for messages. */
function kindOf(value: unknown): string {
  if (value instanceof Uint8Array) return "bytes";
  return value === null ? "null" : typeof value;
}
