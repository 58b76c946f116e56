import { inspect } from "node:util";
import { OptionError } from "@deepstyle/core";
import { DeepstyleError } from "@deepstyle/engine";
import { inOurWords } from "../system/systemErrors.ts";
import { oneLine } from "./printable.ts";

/** Exit status of a command that was misused. */
export const misuse = 2;

/** Exit status of a command that did its work, but could not write all that was asked for beside it. */
export const incomplete = 3;

/** Exit status of a command that a signal ended. */
export const interrupted = 130;

/** The exit statuses in words, for the help text. */
export const exitStatuses =
  "Exit status: 0 when all is done, 1 after a failure, 2 after misuse, 3 when the work is done\n" +
  "but not all that was asked for beside it could be written, 130 when a signal ended the work.";

/** Exit status for an error: 2 for misuse, 1 for everything else. */
export function exitStatusOf(error: unknown): number {
  return error instanceof OptionError ? misuse : 1;
}

/**
 * An error for people: one line.
 *
 * @param debug - adds stack and causes
 */
export function describeFailure(thrown: unknown, debug: boolean): string {
  if (debug) return inspect(thrown);
  const error = inOurWords(thrown);
  const message = error instanceof Error ? error.message : String(error);
  // Ours are one line, and a break in them is part of a name.
  if (error instanceof DeepstyleError) return oneLine(message);
  const line = oneLine(message.split("\n", 1)[0]!);
  return `unexpected: ${line}. This is a bug, or the machine's trouble; --debug says more.`;
}
