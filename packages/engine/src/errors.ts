// The errors that the engine throws. Each message is one line: what was wrong, what was expected, what to do.

/**
 * What every error of deepstyle has in common: a `code` that programs can switch on, and the
 * `cause` it was given. Catch this class to tell our errors from a bug.
 */
export abstract class DeepstyleError extends Error {
  /** Stable identifier of the kind of error, independent of the message. */
  abstract readonly code: string;
}

/** Shapes or element types do not fit each other or the operation. */
export class ShapeError extends DeepstyleError {
  override readonly name = "ShapeError";
  readonly code = "ERR_SHAPE";
}

/** A graph is not well formed: an unknown name, a missing or doubled value, a wrong feed. */
export class GraphError extends DeepstyleError {
  override readonly name = "GraphError";
  readonly code = "ERR_GRAPH";
}

/** An operator, or this use of it, is not known here or has no gradient. */
export class UnsupportedOpError extends DeepstyleError {
  override readonly name = "UnsupportedOpError";
  readonly code = "ERR_UNSUPPORTED_OP";
}

/** Bytes are not what their format demands, or an object cannot be written in the format. */
export class FormatError extends DeepstyleError {
  override readonly name = "FormatError";
  readonly code = "ERR_FORMAT";
}

/** The device or runtime that was asked for is not there. */
export class RuntimeUnavailableError extends DeepstyleError {
  override readonly name = "RuntimeUnavailableError";
  readonly code = "ERR_RUNTIME_UNAVAILABLE";
}
