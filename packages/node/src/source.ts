import { resolve } from "node:path";
import type { Raster, WarningEvent } from "@deepstyle/core";
import { readImage, type ReadImageOptions } from "./media/imageFile.ts";
import { sha256, sha256OfFile } from "./sha256.ts";

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
 * @throws {MediaError} if the file cannot be read
 */
export async function loadPicture(
  given: string | Raster,
  options: ReadImageOptions = {},
): Promise<LoadedPicture> {
  if (typeof given === "string") {
    const picture = await readImage(given, options);
    const { width, height } = picture;
    const source = { path: resolve(given), sha256: await sha256OfFile(given), width, height };
    return { picture, source };
  }
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
