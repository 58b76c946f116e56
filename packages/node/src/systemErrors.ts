// What the operating system says went wrong, in our words.

import { MediaError } from "./errors.ts";

/**
 * The operating system's name of what went wrong, such as `ENOENT`.
 *
 * @param error - anything that was thrown
 * @returns the name, or undefined if the error does not come from the system
 */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}

/**
 * The error for an image, or a folder of images, that the system does not let us read.
 *
 * @param path - as the caller named it
 * @param cause - what the system threw
 */
export function readFailure(path: string, cause: unknown): MediaError {
  switch (systemCode(cause)) {
    case "ENOENT":
    case "ENOTDIR":
      return new MediaError(
        "ERR_MEDIA_MISSING",
        path,
        `${path} does not exist: expected an image. Check the name and the folder.`,
        { cause },
      );
    case "EACCES":
    case "EPERM":
      return new MediaError(
        "ERR_MEDIA_UNREADABLE",
        path,
        `${path} cannot be read: permission denied. Change its permissions, or copy it elsewhere.`,
        { cause },
      );
    default:
      return new MediaError(
        "ERR_MEDIA_UNREADABLE",
        path,
        `${path} cannot be read: the system says "${cause instanceof Error ? cause.message : String(cause)}". Copy it elsewhere.`,
        { cause },
      );
  }
}
