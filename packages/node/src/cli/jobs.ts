import { mkdir, stat } from "node:fs/promises";
import { basename, extname, join, parse } from "node:path";
import { listImages } from "../media/imageFolder.ts";
import { WRITABLE_FORMATS, type BitDepth } from "../media/imageFormats.ts";

/** A photo and where its picture goes. */
export interface Job {
  readonly content: string;
  readonly output: string;
}

/**
 * What is to be painted, and where each picture goes: to a file for one photo, into a folder, which
 * is made if need be, for several.
 *
 * @param contents - image files and folders of them
 * @param style - what pictures are named after, besides the photo, where there is no output
 * @param output - as given; without it, pictures go to the working folder
 * @param bitDepth - of the pictures: in a folder, those whose own format cannot hold it become PNG
 * @throws {MediaError} if a folder holds no images
 */
export async function planJobs(
  contents: readonly string[],
  style: string,
  output: string | undefined,
  bitDepth: BitDepth = 8,
): Promise<Job[]> {
  const lists = await Promise.all(
    contents.map(async (path) => ((await isFolder(path)) ? await listImages(path) : [path])),
  );
  const photos = lists.flat();
  const asked = contents.length > 1 || photos[0] !== contents[0];
  return await outputsFor(photos, style, output, asked, bitDepth);
}

async function outputsFor(
  photos: readonly string[],
  style: string,
  output: string | undefined,
  wantsFolder: boolean,
  bitDepth: BitDepth,
): Promise<Job[]> {
  if (output === undefined)
    return photos.map((content) => ({
      content,
      output: `${parse(content).name}-${style}.png`,
    }));
  if (!wantsFolder && !/[\\/]$/.test(output) && !(await isFolder(output)))
    return [{ content: photos[0]!, output }];
  // Where this fails, the check of the first output says why.
  await mkdir(output, { recursive: true }).catch(() => undefined);
  return photos.map((content) => ({
    content,
    output: join(output, writableName(content, bitDepth)),
  }));
}

/** The name of a photo, as PNG where its own format cannot be written with so many bits. */
function writableName(photo: string, bitDepth: BitDepth): string {
  const extension = extname(photo);
  const isWritable = WRITABLE_FORMATS.some(
    ({ extensions, encoding }) =>
      extensions.includes(extension.toLowerCase()) && encoding.bitDepths.includes(bitDepth),
  );
  return isWritable ? basename(photo) : `${basename(photo, extension)}.png`;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
