import { resolve } from "node:path";
import { expectRaster, OptionError, type Raster, type WarningEvent } from "@deepstyle/core";
import { pathOf, sha256OfFile } from "../system/inputFile.ts";
import { readImage, type ReadImageOptions } from "./imageFile.ts";
import { sha256 } from "../system/sha256.ts";

/** A picture as callers give it: an image file by its path or URL, the bytes of one, or pixels in memory. */
export type PictureInput = string | URL | Uint8Array | Raster;

/** A picture that went into another one. */
export interface Source {
  /** Full path; null for a picture that was in memory. */
  readonly path: string | null;
  /** Of the file's bytes, or of a picture in memory: its size, colours and transparency; hexadecimal. */
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
 * @param what - what the picture is called in messages: `the photo`
 * @throws {MediaError} if the file cannot be read
 * @throws {OptionError} if what is given is no picture
 */
export async function loadPicture(
  given: PictureInput,
  what: string,
  options: ReadImageOptions = {},
): Promise<LoadedPicture> {
  if (typeof given === "string" || given instanceof URL) {
    const path = pathOf(given, what);
    const picture = await readImage(path, options);
    const { width, height } = picture;
    const source = { path: resolve(path), sha256: await sha256OfFile(path), width, height };
    return { picture, source };
  }
  if (given instanceof Uint8Array) {
    const picture = await readImage(given, options);
    const { width, height } = picture;
    return { picture, source: { path: null, sha256: sha256(given), width, height } };
  }
  expectPicture(given, what);
  const { width, height } = given;
  return { picture: given, source: { path: null, sha256: sha256OfPicture(given), width, height } };
}

function sha256OfPicture({ width, height, data, alpha }: Raster): string {
  const header = Buffer.from(JSON.stringify({ width, height, hasAlpha: alpha !== undefined }));
  const planes = [data, ...(alpha === undefined ? [] : [alpha])];
  return sha256(
    header,
    ...planes.map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    ),
  );
}

/** Warnings about files as events of the work that they are read for. */
export function warningsTo(
  onEvent: ((event: WarningEvent) => void) | undefined,
): (message: string) => void {
  return (message) => onEvent?.({ kind: "warning", message });
}

function expectPicture(given: unknown, what: string): asserts given is Raster {
  if (typeof given !== "object" || given === null || !("data" in given))
    throw new OptionError(
      `${what} must be the path or file: URL of an image, the bytes of one, or a picture { width, height, data }; got ${given === null ? "null" : typeof given}.`,
    );
  expectRaster(given, what);
}
