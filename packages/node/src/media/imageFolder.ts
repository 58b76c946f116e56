// Folders of images.

import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { MediaError } from "../errors.ts";
import { readFailure } from "../system/systemErrors.ts";
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
  const names = (await filesOf(path)).filter(isImageName).sort(naturally.compare);
  if (names.length > 0) return names.map((name) => join(path, name));
  const others = leftOutText(await leftOutOf(path));
  throw new MediaError(
    "ERR_MEDIA_EMPTY",
    path,
    `${path} holds no images: expected files that end in ${EXTENSIONS.join(", ")}${others === "" ? "" : `, got ${others}`}. Name another folder.`,
  );
}

/**
 * How many files of a folder are not listed by {@link listImages}, by their extensions in lower case; hidden ones
 * and subfolders are nobody's loss.
 *
 * @param path - a folder or a file, which leaves nothing out
 * @throws {MediaError} if there is nothing at `path`, or it cannot be read
 */
export async function leftOutOf(path: string): Promise<Readonly<Record<string, number>>> {
  if (!(await reading(path, () => stat(path))).isDirectory()) return {};
  const counts = new Map<string, number>();
  for (const name of await filesOf(path)) {
    if (isImageName(name)) continue;
    const extension = extname(name).toLowerCase() || "without extension";
    counts.set(extension, (counts.get(extension) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => naturally.compare(a, b)));
}

/** Says what of a folder is left out, where there is anything. */
export function warnOfLeftOut(
  leftOut: Readonly<Record<string, number>>,
  path: string,
  onWarning: (message: string) => void,
): void {
  const text = leftOutText(leftOut);
  if (text === "") return;
  onWarning(
    `${path} has files that are left out, ${text}: only those that end in ${EXTENSIONS.join(", ")} are taken.`,
  );
}

function leftOutText(leftOut: Readonly<Record<string, number>>): string {
  return Object.entries(leftOut)
    .map(([extension, count]) => `${count} ${extension}`)
    .join(", ");
}

/** Names of the files of a folder, links to files included, that are not hidden. */
async function filesOf(folder: string): Promise<string[]> {
  const names = (await reading(folder, () => readdir(folder))).filter(
    (name) => !name.startsWith("."),
  );
  const areFiles = await Promise.all(names.map((name) => isFile(join(folder, name))));
  // A name that is no UTF-8 leads nowhere; that is told where it is read.
  return names.filter((name, i) => areFiles[i] || name.includes("\uFFFD"));
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
  return EXTENSIONS.includes(extname(name).toLowerCase());
}
