import { gigabytes, type PaintEvent, type StylizeEvent } from "@deepstyle/core";
import type { Terminal } from "./terminal.ts";

/** Seconds between two lines where nobody can see a line written over. */
const secondsBetweenLines = 5;

/** Lines about work that is under way. */
export interface ProgressLine {
  /** A line that the next one replaces on a terminal; elsewhere one every few seconds is shown. */
  readonly update: (text: string) => void;
  /** A line that stays. */
  readonly line: (text: string) => void;
  /** Ends the line that is written over. */
  readonly end: () => void;
}

/**
 * Lines for people: one that is written over on a terminal, otherwise a line every few seconds.
 *
 * @param now - a clock in seconds
 */
export function progressLine(
  terminal: Terminal,
  now: () => number = () => performance.now() / 1000,
): ProgressLine {
  let isLineOpen = false;
  let lastLine = -Infinity;
  const end = (): void => {
    if (isLineOpen) terminal.err("\n");
    isLineOpen = false;
  };
  const line = (text: string): void => {
    end();
    terminal.err(`${text}\n`);
  };
  const update = (text: string): void => {
    if (terminal.isInteractive) {
      terminal.err(`\r\u001b[2K${text.slice(0, terminal.columns - 1)}`);
      isLineOpen = true;
    } else if (now() - lastLine >= secondsBetweenLines) {
      lastLine = now();
      line(text);
    }
  };
  return { update, line, end };
}

/** Shows how the work goes. */
export interface ProgressDisplay {
  show(event: StylizeEvent | PaintEvent): void;
  /** Ends the line that is written over. */
  end(): void;
}

/** Progress of a picture for people. @param now - a clock in seconds */
export function progressDisplay(terminal: Terminal, now?: () => number): ProgressDisplay {
  const { update, line, end } = progressLine(terminal, now);
  return {
    end,
    show(event) {
      switch (event.kind) {
        case "plan":
          line(planLine(event));
          break;
        case "shares":
          line(sharesLine(event));
          break;
        case "fineStrokes":
          update(
            `strokes for painting ${event.painting} of ${event.paintings} · iteration ${event.iteration} of ${event.of}`,
          );
          break;
        case "iteration":
          update(iterationLine(event));
          break;
        case "paint":
          line(paintLine(event));
          break;
        case "tile":
          update(`tile ${event.done} of ${event.of}`);
          break;
        case "warning":
          line(`Warning: ${event.message}`);
          break;
        case "snapshot":
          break;
      }
    },
  };
}

/** No display at all. */
export const silentDisplay: ProgressDisplay = {
  show: () => undefined,
  end: () => undefined,
};

type AnyEvent = StylizeEvent | PaintEvent;
type EventOf<Kind extends AnyEvent["kind"]> = Extract<AnyEvent, { readonly kind: Kind }>;

function sharesLine({ shares }: EventOf<"shares">): string {
  const rounded = shares.map((share) => String(Number(share.toFixed(3))));
  return `Shares of the styles, scaled to sum to 1: ${rounded.join(", ")}`;
}

function planLine({ stages, iterations, seconds, bytes }: EventOf<"plan">): string {
  const sizes = stages.map(({ longSide }) => longSide).join(", ");
  const first = stages.find(({ tiles }) => tiles !== undefined);
  const last = stages.at(-1)?.tiles?.side;
  const tiles = first && last ? `, from ${first.longSide} px in tiles of ${last} px or more` : "";
  return `${sizes} px, ${iterations} iterations${tiles}: about ${formatDuration(seconds)} and ${gigabytes(bytes)} of memory`;
}

function paintLine({ width, height, tile, bytes }: EventOf<"paint">): string {
  const tiles = tile === null ? "" : ` in tiles of ${tile} px`;
  return `${width} × ${height} px${tiles}: about ${gigabytes(bytes)} of memory`;
}

function iterationLine({ record, of, secondsLeft }: EventOf<"iteration">): string {
  const { iteration, scale, totalLoss } = record;
  return `iteration ${iteration} of ${of} · ${scale} px · loss ${totalLoss.toPrecision(5)} · ${formatDuration(secondsLeft)} left`;
}

/** Seconds for people to read: `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
