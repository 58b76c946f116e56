import { existsSync } from "node:fs";
import { removePendingFiles } from "../system/files.ts";
import type { Terminal } from "./terminal.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Lets Ctrl-C, SIGTERM, and the terminal's end, end a work in good order: the first signal aborts the one
 * that the work is given, the second one ends the process at once, with no file half-written.
 */
export async function interruptible<T>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let demands = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    // A terminal that closes hangs up twice, and systemd hangs up beside SIGTERM: nobody is impatient.
    if (signal !== "SIGHUP" && ++demands > 1) quitAt(signal);
    if (controller.signal.aborted) return;
    controller.abort();
    const lineEnd = terminal.isInteractive ? "\n" : "";
    terminal.err(`${lineEnd}Stopping after this step; once more to quit at once.\n`);
  };
  for (const name of signals) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}

/** Says that work was called off before there was a picture, and that an older one is still there. */
export function tellNothingWritten(terminal: Terminal, output?: string): void {
  const older = output !== undefined && existsSync(output) ? ` ${output} is as it was.` : "";
  terminal.err(`Interrupted: nothing was written.${older}\n`);
}

/**
 * The result of work that throws what its signal was aborted with; undefined if it did.
 *
 * @param work - what was started with the signal
 */
export async function unlessAborted<T>(
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** `process.exit` would wait for the worker thread, which computes on for seconds. */
function quitAt(signal: NodeJS.Signals): void {
  removePendingFiles();
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
