import { gigabytes, type PaintEvent, type StylizeEvent } from "@deepstyle/core";
import { formatDuration } from "../system/duration.ts";
import type { DrawnPicture } from "./pictures/drawing.ts";
import { progressLine, type ProgressLineOptions } from "./progressLine.ts";
import type { Terminal } from "./terminal.ts";

/** Shows how the work goes. */
export interface ProgressDisplay {
  show(event: StylizeEvent | PaintEvent): void;
  /** Shows a picture above the line, in place of the one before. */
  draw(picture: DrawnPicture): void;
  /** Ends the line that is written over. */
  end(): void;
}

/** How progress is shown. */
export interface ProgressOptions extends ProgressLineOptions {
  /** Shows nothing but what was asked for and is not written. */
  readonly quiet?: boolean | undefined;
}

/** Progress of a picture for people. */
export function progressDisplay(
  terminal: Terminal,
  { quiet = false, ...options }: ProgressOptions = {},
): ProgressDisplay {
  const { update, line, draw, end } = progressLine(terminal, options);
  if (quiet)
    return {
      draw: () => undefined,
      end: () => undefined,
      show(event) {
        if (event.kind === "warning" && event.notWritten !== undefined) line(warningLine(event));
      },
    };
  return {
    draw,
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
          line(warningLine(event));
          break;
        case "snapshot":
          break;
      }
    },
  };
}

type AnyEvent = StylizeEvent | PaintEvent;
type EventOf<Kind extends AnyEvent["kind"]> = Extract<AnyEvent, { readonly kind: Kind }>;

function warningLine({ message }: EventOf<"warning">): string {
  return `Warning: ${message}`;
}

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
