import { resolve } from "node:path";
import type { Raster } from "@deepstyle/core";
import { readImage } from "./media/imageFile.ts";
import { sha256, sha256OfFile } from "./sha256.ts";

/** A picture that went into another one. */
export interface Source {
  /** Full path; null for a picture that was in memory. */
  readonly path: string | null;
  /** Of the file's bytes, or of the pixels in memory; hexadecimal. */
  readonly sha256: string;
  /** Pixels, as they are looked at. */
  readonly width: number;
  /** Pixels, as they are looked at. */
  readonly height: number;
}

/** A picture, and where it comes from. */
export interface LoadedPicture {
  readonly picture: Raster;
  readonly source: Source;
}

/**
 * Loads an image file, or takes a picture in memory as it is.
 *
 * @throws {MediaError} if the file cannot be read
 */
export async function loadPicture(given: string | Raster): Promise<LoadedPicture> {
  if (typeof given === "string") {
    const picture = await readImage(given);
    const { width, height } = picture;
    const source = { path: resolve(given), sha256: await sha256OfFile(given), width, height };
    return { picture, source };
  }
  const { width, height, data } = given;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { picture: given, source: { path: null, sha256: sha256(bytes), width, height } };
}
