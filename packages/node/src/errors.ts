// The errors that files add to core's. One line each: what was wrong, what was expected, what to do.

import { DeepstyleError } from "@deepstyle/engine";

/** What can be wrong with an image: with its file, its content, or the pixels that are to be written. */
export type MediaErrorCode =
  | "ERR_MEDIA_MISSING"
  | "ERR_MEDIA_UNREADABLE"
  | "ERR_MEDIA_NOT_A_FILE"
  | "ERR_MEDIA_EMPTY"
  | "ERR_MEDIA_UNSUPPORTED"
  | "ERR_MEDIA_TOO_LARGE"
  | "ERR_MEDIA_DAMAGED"
  | "ERR_MEDIA_PIXELS";

/** An image cannot be read, or cannot be written as asked. */
export class MediaError extends DeepstyleError {
  override readonly name = "MediaError";
  readonly code: MediaErrorCode;
  /** The file, as the caller named it. */
  readonly path: string;

  /**
   * @param code - what kind of thing is wrong
   * @param path - the file, as the caller named it
   * @param message - one line: what was wrong, what was expected, what to do
   */
  constructor(code: MediaErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** What can be wrong with the place where a file is to be written. */
export type FileErrorCode =
  | "ERR_FILE_NO_FOLDER"
  | "ERR_FILE_IS_FOLDER"
  | "ERR_FILE_NOT_REGULAR"
  | "ERR_FILE_PROTECTED"
  | "ERR_FILE_IN_USE"
  | "ERR_FILE_DISK_FULL"
  | "ERR_FILE_WRITE";

/** A file cannot be written where it should be. */
export class FileError extends DeepstyleError {
  override readonly name = "FileError";
  readonly code: FileErrorCode;
  /** The file, as the caller named it. */
  readonly path: string;

  /**
   * @param code - what kind of thing is wrong
   * @param path - the file, as the caller named it
   * @param message - one line: what was wrong, what was expected, what to do
   */
  constructor(code: FileErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** Memory ran out. */
export class MemoryError extends DeepstyleError {
  override readonly name = "MemoryError";
  readonly code = "ERR_MEMORY";
}

/** A record of a picture is damaged, or what it speaks of has changed. */
export class RecordError extends DeepstyleError {
  override readonly name = "RecordError";
  readonly code = "ERR_RECORD";
}
