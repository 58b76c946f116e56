// Folders of images.

import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { MediaError } from "../errors.ts";
import { readFailure } from "../systemErrors.ts";
import { IMAGE_FORMATS } from "./imageFormats.ts";

/**
 * The images that a path stands for: those in a folder, or the file itself.
 *
 * Of a folder only its own files count, told by extension; hidden ones and subfolders are left out.
 * They are sorted as people count: `frame2.png` before `frame10.png`.
 *
 * @param path - a folder or a file; a file is not looked into
 * @returns paths that begin with `path`; at least one
 * @throws {MediaError} if there is nothing at `path`, it cannot be read, or the folder has no image
 */
export async function listImages(path: string): Promise<string[]> {
  if (!(await reading(path, () => stat(path))).isDirectory()) return [path];
  const names = await reading(path, () => readdir(path));
  const paths = names
    .filter(isImageName)
    .sort(naturally.compare)
    .map((name) => join(path, name));
  const areFiles = await Promise.all(paths.map(isFile));
  // A name that is no UTF-8 leads nowhere; that is told where it is read.
  const images = paths.filter((path, i) => areFiles[i] || path.includes("\uFFFD"));
  if (images.length > 0) return images;
  throw new MediaError(
    "ERR_MEDIA_EMPTY",
    path,
    `${path} holds no images: expected files that end in ${EXTENSIONS.join(", ")}. Name another folder.`,
  );
}

async function reading<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw readFailure(path, error);
  }
}

/** Whether a path leads to a file; a link that leads nowhere does not. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

const EXTENSIONS = IMAGE_FORMATS.flatMap(({ extensions }) => extensions);

/** The language is fixed, so that every machine has the same order. */
const naturally = new Intl.Collator("en", { numeric: true });

function isImageName(name: string): boolean {
  return !name.startsWith(".") && EXTENSIONS.includes(extname(name).toLowerCase());
}
