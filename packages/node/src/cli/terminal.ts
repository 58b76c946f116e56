/** Where a command writes. */
export interface Terminal {
  /** Results only. */
  out(text: string): void;
  /** Progress, warnings and errors. */
  err(text: string): void;
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
  get isInteractive() {
    return process.stderr.isTTY;
  },
  get columns() {
    // A pseudo-terminal may not know how wide it is, and says 0.
    return (process.stderr.isTTY && process.stderr.columns) || 100;
  },
  get rows() {
    return (process.stderr.isTTY && process.stderr.rows) || 24;
  },
};

/** What a command is given by `main`. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Sets the exit status for the time when the command has ended. */
  readonly exitWith: (status: number) => void;
}
