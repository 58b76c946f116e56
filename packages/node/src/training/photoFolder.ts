import { seededRandom } from "@deepstyle/engine";
import { OptionError, type PhotoSource, type Raster } from "@deepstyle/core";
import { MediaError } from "../errors.ts";
import { readImage } from "../media/imageFile.ts";
import { listImages } from "../media/imageFolder.ts";

/** Photos of a folder, split into those to learn from and those to check by. */
export interface PhotoFolder {
  /** Photos to learn from. Decoding happens in threads of its own, so that it takes no time. */
  readonly source: PhotoSource;
  /** Photos to check by. */
  readonly validation: readonly Raster[];
  /** Files that could not be read so far, and why. */
  readonly unreadable: ReadonlyMap<string, string>;
}

/**
 * Opens a folder of photos. Files that cannot be read are passed over and counted.
 *
 * @param folder - its own files count, not those of subfolders
 * @param options - `validation`: how many photos to put aside; `seed`: decides which
 * @throws {MediaError} if there is no such folder, or no image in it
 * @throws {OptionError} if it has too few photos to put that many aside and learn from the rest
 */
export async function openPhotoFolder(
  folder: string,
  { validation: aside, seed }: { readonly validation: number; readonly seed: number },
): Promise<PhotoFolder> {
  const paths = shuffled(await listImages(folder), seed);
  const unreadable = new Map<string, string>();
  const read = async (path: string): Promise<Raster | undefined> => {
    if (unreadable.has(path)) return undefined;
    try {
      return await readImage(path);
    } catch (error) {
      if (!(error instanceof MediaError)) throw error;
      unreadable.set(path, error.message);
      return undefined;
    }
  };
  const validation: Raster[] = [];
  let next = 0;
  while (validation.length < aside && next < paths.length) {
    const photo = await read(paths[next++]!);
    if (photo !== undefined) validation.push(photo);
  }
  const rest = paths.slice(next);
  if (rest.length === 0)
    throw new OptionError(
      `${folder} has ${paths.length} photos, of which ${unreadable.size} cannot be read: expected more than the ${aside} that are put aside for validation. Add photos, or put fewer aside.`,
    );
  return {
    source: { count: rest.length, read: (index) => read(rest[index]!) },
    validation,
    unreadable,
  };
}

function shuffled(paths: readonly string[], seed: number): string[] {
  const random = seededRandom(seed);
  const order = [...paths];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
