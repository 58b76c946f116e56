// Ways to watch the work: a page, a film, the terminal. All are listeners of its events.

import { extname } from "node:path";
import type { Raster, StylizeEvent } from "@deepstyle/core";
import type { Command } from "commander";
import { checkFilm } from "../media/film.ts";
import { Timelapse } from "../watch/timelapse.ts";
import { checkWatchPage, WatchPage } from "../watch/watchPage.ts";
import { choosePictureKind, type PictureKind } from "./pictures/pictureKind.ts";
import { TerminalPicture } from "./terminalPicture.ts";
import type { ProgressDisplay } from "./progress.ts";
import type { SideProducts } from "./sideProducts.ts";
import type { Terminal } from "./terminal.ts";

/** Values of the options that say how to watch. */
export interface WatchFlags {
  readonly watch?: string | true;
  readonly timelapse?: string;
  readonly show?: true;
  readonly quiet?: true;
  readonly json?: true;
}

/** Adds `--show`, `--watch` and `--timelapse`. */
export function addWatchOptions(command: Command): Command {
  return command
    .option(
      "--show",
      "the picture so far in the terminal, where it can show one; not with --quiet or --json",
    )
    .option(
      "--watch [page.html]",
      "a page that shows the picture so far, losses and time left, to be opened in a browser (default: OUTPUT-watch.html)",
    )
    .option(
      "--timelapse <file>",
      "a film of the optimisation, as .webp or .gif, or as .mp4 where there is ffmpeg",
    );
}

/** Looks whether page and film can be what they are named. */
export async function expectWatchPlaces(flags: WatchFlags, output: string): Promise<void> {
  if (flags.watch !== undefined) await checkWatchPage(pageOf(flags.watch, output));
  if (flags.timelapse !== undefined) await checkFilm(flags.timelapse);
}

/** A terminal that can show pictures, and how. */
export interface PictureScreen {
  readonly terminal: Terminal;
  readonly kind: PictureKind;
}

/** The terminal, where pictures are to be shown in it; says so in one line where it can show none. */
export function pictureScreen(
  { show, quiet, json }: WatchFlags,
  terminal: Terminal,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): PictureScreen | undefined {
  if (!show || quiet || json) return undefined;
  const choice = choosePictureKind(environment, terminal.isInteractive);
  if (choice.kind !== "none") return { terminal, kind: choice.kind };
  terminal.err(
    `Warning: --show has no terminal that can show pictures: ${choice.why}. --watch writes a page for the browser.\n`,
  );
  return undefined;
}

/** Who is told what happens. */
export type Listener = Pick<ProgressDisplay, "show">;

/** How work ended, as those who look on want to know it. */
interface Ended {
  readonly picture: Raster;
  readonly interrupted: boolean;
  /** With none there is nothing to be seen: what earlier work has left stays. */
  readonly iterations: number;
}

/** What looks on. */
interface Watchers {
  /** Told everything that the others are told; draws for the terminal. */
  readonly display: Pick<ProgressDisplay, "show" | "draw">;
  /** Sees to those that fail. */
  readonly products: SideProducts;
  /** Where the picture is shown, if anywhere. */
  readonly screen: PictureScreen | undefined;
}

/**
 * Lets page, film and terminal look on while something is painted, and ends them however that ends.
 *
 * @param output - where the picture goes; the page is named after it
 */
export async function watched<Result extends Ended>(
  { watch, timelapse }: WatchFlags,
  output: string,
  { display, products, screen }: Watchers,
  work: (listener: Listener) => Promise<Result>,
): Promise<Result> {
  const page = watch === undefined ? undefined : pageAt(pageOf(watch, output), output, products);
  const film = timelapse === undefined ? undefined : new Timelapse(timelapse);
  const shown = screen && new TerminalPicture(screen.kind, screen.terminal, display);
  const show = (event: StylizeEvent): void => {
    page?.show(event);
    film?.show(event);
    shown?.show(event);
    display.show(event);
  };
  const end = async (state: "finished" | "interrupted" | "failed", picture?: Raster) => {
    await page?.end(state, picture);
    if (film) await products.attempt("film", timelapse!, () => film.end(picture));
    if (shown)
      await products.attempt("terminal", "the picture in the terminal", () => shown.end(picture));
  };
  try {
    const result = await work({ show });
    if (result.iterations > 0)
      await end(result.interrupted ? "interrupted" : "finished", result.picture);
    return result;
  } catch (error) {
    await end("failed");
    throw error;
  }
}

function pageAt(path: string, title: string, products: SideProducts): WatchPage {
  return new WatchPage(path, title, (write) => products.attempt("page", path, write));
}

/** Where the page of `--watch` is written: as it was named, or beside the output. */
export function pageOf(watch: string | true, output: string): string {
  if (watch !== true) return watch;
  return `${output.slice(0, output.length - extname(output).length)}-watch.html`;
}
