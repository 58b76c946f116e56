// The errors that core adds to the engine's. One line each: what was wrong, what was expected, what to do.

import { DeepstyleError } from "@deepstyle/engine";

/** An option is of the wrong kind or out of its range; the message names the option. */
export class OptionError extends DeepstyleError {
  override readonly name = "OptionError";
  readonly code = "ERR_OPTION";
}

/** A weights file is damaged, hostile, or not of the format it claims to be. */
export class WeightsError extends DeepstyleError {
  override readonly name = "WeightsError";
  readonly code = "ERR_WEIGHTS";
}
