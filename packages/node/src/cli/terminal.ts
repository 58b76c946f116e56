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

/** Standard output and standard error of this process. */
export const processTerminal: Terminal = {
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
