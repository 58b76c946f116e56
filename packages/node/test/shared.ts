import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../../shared", import.meta.url));

/**
 * The path of a file in the folder `shared` beside the repository, which holds weights, photographs
 * and films that are too large or not free enough to be in it.
 *
 * @param parts - the path inside that folder
 * @returns the full path, or undefined where the folder or the file is absent, so that a test can skip
 * @throws Error if it is absent under continuous integration (`CI=true`), where nothing may be skipped
 */
export function sharedPath(...parts: string[]): string | undefined {
  const path = join(folder, ...parts);
  if (existsSync(path)) return path;
  if (process.env["CI"] === "true") {
    throw new Error(`${path} is absent: with CI=true it must exist. Put the data there.`);
  }
  return undefined;
}
