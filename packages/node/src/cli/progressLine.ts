import type { DrawnPicture } from "./pictures/drawing.ts";
import { oneLine } from "./printable.ts";
import type { Terminal } from "./terminal.ts";

/** Seconds between two lines where nobody can see a line written over. */
const secondsBetweenLines = 5;

/** Lines about work that is under way, and on a terminal a picture above them. */
export interface ProgressLine {
  /** A line that the next one replaces on a terminal; elsewhere one every few seconds is shown. */
  readonly update: (text: string) => void;
  /** A line that stays. */
  readonly line: (text: string) => void;
  /** A picture above the line, that the next one replaces; lines that stay are written above it. */
  readonly draw: (picture: DrawnPicture) => void;
  /** Ends the line that is written over. */
  readonly end: () => void;
}

/** How lines are shown. */
export interface ProgressLineOptions {
  /** A clock in seconds. */
  readonly now?: (() => number) | undefined;
  /** Tells that the work is called off, and that somebody else writes a line about it. */
  readonly signal?: AbortSignal | undefined;
}

/** What is written over: a picture, drawn when the terminal had this width. */
interface Drawn extends DrawnPicture {
  readonly columns: number;
}

/**
 * Lines for people: one that is written over on a terminal, otherwise a line every few seconds.
 *
 * A picture and the line below it are one block. It is written over by going up as many rows as the
 * picture has, which is right only while nobody else has written and the terminal has the same width (it
 * breaks lines anew): else the block is left where it is.
 */
export function progressLine(
  terminal: Terminal,
  { now = () => performance.now() / 1000, signal }: ProgressLineOptions = {},
): ProgressLine {
  let open: string | undefined;
  let drawn: Drawn | undefined;
  let lastLine = -Infinity;

  /** The picture, where it can still be written over. */
  const reachable = (): Drawn | undefined => {
    // Somebody else has written since.
    if (signal?.aborted) drawn = undefined;
    if (drawn === undefined) return undefined;
    if (drawn.columns === terminal.columns && drawn.rows < terminal.rows) return drawn;
    end();
    return undefined;
  };
  const end = (): void => {
    if (open !== undefined) terminal.err("\n");
    open = drawn = undefined;
  };
  const line = (given: string): void => {
    const text = oneLine(given);
    const picture = reachable();
    if (picture === undefined) {
      end();
      terminal.err(`${text}\n`);
    } else {
      terminal.control(`${erasing(picture.rows)}${text}\n${laid(picture, open)}`);
    }
  };
  const update = (given: string): void => {
    const text = oneLine(given);
    if (terminal.isInteractive) {
      const room = terminal.columns - 1;
      const before = open ?? "";
      open = text.slice(0, room);
      // With spaces, which every terminal knows, over what is longer.
      terminal.control(
        `\r${open}${" ".repeat(Math.max(0, Math.min(room, before.length) - open.length))}`,
      );
    } else if (now() - lastLine >= secondsBetweenLines) {
      lastLine = now();
      line(text);
    }
  };
  const draw = (picture: DrawnPicture): void => {
    if (signal?.aborted) return;
    const before = reachable();
    drawn = { ...picture, columns: terminal.columns };
    terminal.control(
      before?.rows === picture.rows
        ? overdrawn(picture)
        : `${erasing(before?.rows ?? 0)}${laid(picture, open)}`,
    );
  };
  return { update, line, draw, end };
}

/** Erases the line that is written over, and the rows above it. */
function erasing(rows: number): string {
  return `\r${rows > 0 ? `\u001b[${rows}A` : ""}\u001b[J`;
}

/** A picture on rows of its own, with a line below it. */
function laid(picture: DrawnPicture, line = ""): string {
  return `${"\n".repeat(picture.rows)}${line}${overdrawn(picture)}`;
}

/** A picture in the rows above the cursor, which stays where it is (DECSC, CUU and DECRC of VT100). */
function overdrawn({ rows, text }: DrawnPicture): string {
  return `\u001b7\r\u001b[${rows}A${text}\u001b8`;
}
