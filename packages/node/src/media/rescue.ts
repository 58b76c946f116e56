// A picture is not given up because its place fails it.

import { randomUUID } from "node:crypto";
import { homedir, tmpdir } from "node:os";
import { parse, resolve } from "node:path";
import type { Raster } from "@deepstyle/core";
import { FileError } from "../errors.ts";
import { writeFileAtomic } from "../system/files.ts";
import { encodeImage, writeImage, type WriteImageOptions } from "./imageFile.ts";

/**
 * Writes a picture that took long to make, as {@link writeImage} does. Where that fails, it is kept as PNG in the
 * user's home, or the system's folder for temporary files, and the error says where.
 *
 * @param encoded - what is written, where it is known already
 * @throws {FileError} if the picture is not where it should be
 */
export async function writeResult(
  path: string,
  picture: Raster,
  options: WriteImageOptions = {},
  encoded?: Uint8Array,
): Promise<void> {
  try {
    await writeFileAtomic(path, encoded ?? (await encodeImage(path, picture, options)));
  } catch (cause) {
    const copy = await rescue(path, picture, options);
    if (copy === undefined) throw cause;
    const why = cause instanceof Error ? cause.message.split("\n", 1)[0]! : String(cause);
    const code = cause instanceof FileError ? cause.code : "ERR_FILE_WRITE";
    throw new FileError(code, path, `${why} The picture was kept as ${copy}.`, { cause });
  }
}

/** @returns where the picture is now; undefined if there is no room for it at all */
async function rescue(
  path: string,
  picture: Raster,
  { bitDepth }: WriteImageOptions,
): Promise<string | undefined> {
  const name = `deepstyle-${parse(path).name}-${randomUUID().slice(0, 8)}.png`;
  for (const folder of [homedir(), tmpdir()]) {
    const copy = resolve(folder, name);
    try {
      await writeImage(copy, picture, { bitDepth });
      return copy;
    } catch {
      // The next folder may do.
    }
  }
  return undefined;
}
