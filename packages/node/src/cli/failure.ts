import { inspect } from "node:util";
import { OptionError } from "@deepstyle/core";
import { DeepstyleError } from "@deepstyle/engine";
import { oneLine } from "./printable.ts";

/** Exit status of a command that was misused. */
export const misuse = 2;

/** Exit status of a command that a signal ended. */
export const interrupted = 130;

/** Exit status for an error: 2 for misuse, 1 for everything else. */
export function exitStatusOf(error: unknown): number {
  return error instanceof OptionError ? misuse : 1;
}

/**
 * An error for people: one line.
 *
 * @param debug - adds stack and causes
 */
export function describeFailure(error: unknown, debug: boolean): string {
  if (debug) return inspect(error);
  const message = error instanceof Error ? error.message : String(error);
  // Ours are one line, and a break in them is part of a name.
  if (error instanceof DeepstyleError) return oneLine(message);
  const line = oneLine(message.split("\n", 1)[0]!);
  return `unexpected: ${line}. This is a bug, or the machine's trouble; --debug says more.`;
}
