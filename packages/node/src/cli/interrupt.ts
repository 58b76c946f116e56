import { removePendingFiles } from "../files.ts";
import type { Terminal } from "./terminal.ts";

const signals = ["SIGINT", "SIGTERM"] as const;

/**
 * Lets Ctrl-C, and SIGTERM, end a work in good order: the first one aborts the signal that the work
 * is given, the second one ends the process at once, with no file half-written.
 */
export async function interruptible<T>(
  terminal: Terminal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      quitAt(signal);
      return;
    }
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
