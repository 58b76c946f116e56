import { randomInt } from "node:crypto";
import type { Raster, StylizeEvent } from "@deepstyle/core";
import { Pace } from "../watch/pace.ts";
import type { ProgressDisplay } from "./progress.ts";
import type { Terminal } from "./terminal.ts";
import { drawPicture } from "./pictures/drawing.ts";
import type { PictureKind } from "./pictures/pictureKind.ts";

/** Seconds between two pictures. */
const interval = 1;

/**
 * The picture so far, in the terminal above the line of progress. A picture that cannot be drawn is
 * left out: the next one may do.
 */
export class TerminalPicture {
  readonly #kind: PictureKind;
  readonly #terminal: Terminal;
  readonly #display: Pick<ProgressDisplay, "draw">;
  readonly #pace: Pace;
  // The pictures of others, and of earlier work, are still in the window.
  readonly #id = randomInt(1, 2 ** 32);

  /**
   * @param terminal - says how much room there is
   * @param display - draws it
   * @param now - a clock in seconds
   */
  constructor(
    kind: PictureKind,
    terminal: Terminal,
    display: Pick<ProgressDisplay, "draw">,
    now?: () => number,
  ) {
    this.#kind = kind;
    this.#terminal = terminal;
    this.#display = display;
    this.#pace = new Pace(interval, now);
  }

  /** Draws the picture of an iteration where it is time to. Never throws. */
  show(event: StylizeEvent): void {
    if (event.kind !== "iteration") return;
    this.#pace.offer(async () => {
      try {
        await this.#draw(event.picture());
      } catch {
        // Told at the end, if the result cannot be drawn either.
      }
    });
  }

  /** Draws the result, where there is one, to stay. */
  async end(picture?: Raster): Promise<void> {
    await this.#pace.settled();
    if (picture !== undefined) await this.#draw(picture);
  }

  async #draw(picture: Raster): Promise<void> {
    const { columns, rows } = this.#terminal;
    const drawn = await drawPicture(this.#kind, picture, { columns, rows }, this.#id);
    this.#display.draw(drawn);
  }
}
