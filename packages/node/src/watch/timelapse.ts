import type { Raster, StylizeEvent } from "@deepstyle/core";
import { smallJpeg } from "./frame.ts";
import { writeFilm } from "../media/film.ts";

/** Frames of a whole film: about 10 s. */
const frameCount = 100;

/** Longer side of the film in pixels, at most. */
const longSide = 720;

/**
 * A film of an optimisation. Frame k of n is taken at (k / n)² of the iterations: a picture changes
 * most at the beginning, where frames of equal distance would jump, and hardly at the end. Frames
 * are kept as small JPEGs, some 10 MB in all, whatever the size of the picture.
 */
export class Timelapse {
  readonly #path: string;
  #next = 0;
  readonly #frames: Promise<Buffer>[] = [];

  /** @param path - where the film is written; see `checkFilm` */
  constructor(path: string) {
    this.#path = path;
  }

  /** Takes a frame where one is due. */
  show(event: StylizeEvent): void {
    if (event.kind !== "iteration") return;
    const { record, of } = event;
    const due = Math.min(of, Math.ceil(of * (this.#next / frameCount) ** 2));
    if (record.iteration < due) return;
    // Not one more than there are: resumed work begins in the middle.
    this.#next = Math.floor(frameCount * Math.sqrt(record.iteration / of)) + 1;
    const frame = smallJpeg(event.picture(), longSide, 92);
    // It is awaited at the end; until then nobody looks at how it fails.
    frame.catch(() => undefined);
    this.#frames.push(frame);
  }

  /**
   * Writes the film, of whatever was painted; nothing where there is no frame.
   *
   * @param picture - the result, which is the last frame
   * @throws {FileError} if the film cannot be written
   */
  async end(picture?: Raster): Promise<void> {
    const frames = await Promise.all(this.#frames);
    if (picture !== undefined) frames.push(await smallJpeg(picture, longSide, 92));
    if (frames.length > 0) await writeFilm(this.#path, frames);
  }
}

/**
 * Writes a film of pictures, from the first to the last and back.
 *
 * @param pictures - at least one
 * @throws {FileError} if the film cannot be written
 */
export async function writeFilmThereAndBack(
  path: string,
  pictures: readonly Raster[],
): Promise<void> {
  const frames: Buffer[] = [];
  for (const picture of pictures) frames.push(await smallJpeg(picture, longSide, 92));
  await writeFilm(path, [...frames, ...frames.slice(0, -1).reverse()]);
}
