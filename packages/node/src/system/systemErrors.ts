// What the operating system says went wrong, in our words.

import { DeepstyleError } from "@deepstyle/engine";
import { MediaError, MemoryError } from "../errors.ts";

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

/** Codes of the system and of Node where memory, or room for a thread, was not given. */
const memoryCodes = ["ENOMEM", "ERR_WORKER_OUT_OF_MEMORY", "ERR_WORKER_INIT_FAILED"];

/**
 * What is said where memory runs out: by V8 of arrays and of its heap, by C++ and ONNX Runtime, by libvips and
 * its decoders, by the system of threads.
 */
const memoryWords = new RegExp(
  [
    "array buffer allocation failed|heap out of memory|invalid array buffer length",
    "bad_alloc|bad allocation|failed to allocate memory|BFCArena",
    "out of memory|insufficient memory|cannot allocate memory|not enough memory|unable to allocate",
    "error creating thread|pthread_create|PosixThread",
  ].join("|"),
  "i",
);

/** Whether an error says that memory ran out, whoever threw it. */
function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof DeepstyleError) return false;
  return memoryCodes.includes(systemCode(error) ?? "") || memoryWords.test(error.message);
}

/** What needs less memory when a picture is made. */
const lessForPictures = "Choose a smaller size, or close other programs.";

/**
 * The error itself, or, where it says that memory ran out, ours that says what to do.
 *
 * @param error - anything that was thrown
 * @param less - what needs less memory, as a sentence; what holds for pictures if left out
 */
export function inOurWords(error: unknown, less = lessForPictures): unknown {
  if (!isOutOfMemory(error)) return error;
  return new MemoryError(`memory ran out: the work needs more than there is. ${less}`, {
    cause: error,
  });
}

/** A file is there, and is none that can be read; the message says what it is, to be put after its name. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** What is wrong with a file that is no regular one. */
export const notRegular = "is a device, pipe or socket";

/**
 * Why a file could not be read, to be put after its name.
 *
 * @param path - as the caller named it
 * @param cause - what `readInput` threw
 */
export function whyUnread(path: string, cause: unknown): string {
  if (cause instanceof InputError) return cause.message;
  switch (systemCode(cause)) {
    case "ENOENT":
    case "ENOTDIR":
      // Node makes U+FFFD of what is no UTF-8 in a name, and then nothing is there by that name.
      return path.includes("\uFFFD")
        ? "cannot be found by its name, which is no UTF-8 text; rename it"
        : "does not exist";
    case "EACCES":
    case "EPERM":
      return "cannot be read, permission denied";
    case "ENXIO":
      return notRegular;
    default:
      return `cannot be read, the system says "${cause instanceof Error ? cause.message : String(cause)}"`;
  }
}

/**
 * The error for an image, or a folder of images, that the system does not let us read.
 *
 * @param path - as the caller named it
 * @param cause - what the system threw
 */
export function readFailure(path: string, cause: unknown): MediaError | MemoryError {
  const known = inOurWords(cause);
  if (known instanceof MemoryError) return known;
  if (cause instanceof InputError)
    return new MediaError(
      "ERR_MEDIA_NOT_A_FILE",
      path,
      `${path} ${cause.message}: expected an image file. Name a file.`,
      { cause },
    );
  switch (systemCode(cause)) {
    case "ENOENT":
    case "ENOTDIR":
      return new MediaError(
        "ERR_MEDIA_MISSING",
        path,
        `${path} ${whyUnread(path, cause)}: expected an image. Check the name and the folder.`,
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
