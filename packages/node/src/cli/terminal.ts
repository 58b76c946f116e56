import { incomplete } from "./failure.ts";
import { printable } from "./printable.ts";

/** Where a command writes. */
export interface Terminal {
  /** Results only. */
  out(text: string): void;
  /** Progress, warnings and errors. */
  err(text: string): void;
  /** Escape codes of our own, to where progress goes. Texts of others in them are {@link printable}. */
  control(codes: string): void;
  /** Whether a person watches progress: a line can then be written over. */
  readonly isInteractive: boolean;
  /** Characters in a line. */
  readonly columns: number;
  /** Lines that are seen at once. */
  readonly rows: number;
}

/**
 * Standard output and standard error of this process. Nobody has to read them: pictures are painted
 * all the same. Results that a full disk did not take are told at the end, and by the exit status.
 */
export function processTerminal(): Terminal {
  process.stdout.on("error", resultsLost);
  // There is nowhere left to tell it.
  process.stderr.on("error", () => undefined);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    control: (codes) => void process.stderr.write(codes),
    get isInteractive() {
      // A dumb terminal can do nothing but print: an editor's window, a log.
      return process.stderr.isTTY && process.env["TERM"] !== "dumb";
    },
    get columns() {
      // A pseudo-terminal may not know how wide it is, and says 0.
      return (process.stderr.isTTY && process.stderr.columns) || 100;
    },
    get rows() {
      return (process.stderr.isTTY && process.stderr.rows) || 24;
    },
  };
}

/** What a write says where the reading program has closed the pipe, as `head` does when it has enough. */
const readerGone: readonly (string | undefined)[] = ["EPIPE", "ECONNRESET"];

let isTold = false;

function resultsLost({ code, message }: NodeJS.ErrnoException): void {
  // A terminal fails only when it is gone.
  if (isTold || process.stdout.isTTY || readerGone.includes(code)) return;
  isTold = true;
  process.stderr.write(
    `deepstyle: standard output cannot be written: the system says "${message}". Send it elsewhere.\n`,
  );
  // What the command returns is set later, and does not know of this.
  process.on("exit", () => (process.exitCode ||= incomplete));
}

/**
 * A terminal to which nothing gets but what can be printed: the place that all texts pass, as any of them may
 * hold names out of files. Only {@link Terminal.control} is let through as it is.
 */
export function printingTerminal(terminal: Terminal): Terminal {
  return {
    out: (text) => {
      terminal.out(printable(text));
    },
    err: (text) => {
      terminal.err(printable(text));
    },
    control: (codes) => {
      terminal.control(codes);
    },
    get isInteractive() {
      return terminal.isInteractive;
    },
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.rows;
    },
  };
}

/** What a command is given by `main`. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Sets the exit status for the time when the command has ended. */
  readonly exitWith: (status: number) => void;
}
