// Ways to watch the work: a page, a film, the terminal. All are listeners of its events.

import { extname } from "node:path";
import type { Raster, StylizeEvent } from "@deepstyle/core";
import type { Command } from "commander";
import { checkFilm } from "../watch/film.ts";
import { Timelapse } from "../watch/timelapse.ts";
import { checkWatchPage, WatchPage } from "../watch/watchPage.ts";
import { choosePictureKind, type PictureKind } from "./pictures/pictureKind.ts";
import { TerminalPicture } from "./pictures/terminalPicture.ts";
import type { ProgressDisplay } from "./progress.ts";
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
type Listener = Pick<ProgressDisplay, "show">;

/** How work ended, as those who look on want to know it. */
interface Ended {
  readonly picture: Raster;
  readonly interrupted: boolean;
}

/**
 * Lets page, film and terminal look on while something is painted, and ends them however that ends. One
 * that fails on the way is a warning: the picture is worth more.
 *
 * @param output - where the picture goes; the page is named after it
 * @param display - told everything that the watchers are told, and their warnings; draws for the terminal
 * @param screen - where the picture is shown, if anywhere
 */
export async function watched<Result extends Ended>(
  { watch, timelapse }: WatchFlags,
  output: string,
  display: Pick<ProgressDisplay, "show" | "draw">,
  screen: PictureScreen | undefined,
  work: (listener: Listener) => Promise<Result>,
): Promise<Result> {
  const page = watch === undefined ? undefined : new WatchPage(pageOf(watch, output), output);
  const film = timelapse === undefined ? undefined : new Timelapse(timelapse);
  const shown = screen && new TerminalPicture(screen.kind, screen.terminal, display);
  const show = (event: StylizeEvent): void => {
    page?.show(event);
    film?.show(event);
    shown?.show(event);
    display.show(event);
  };
  const end = async (state: "finished" | "interrupted" | "failed", picture?: Raster) => {
    for (const ended of await Promise.allSettled([
      page?.end(state, picture),
      film?.end(picture),
      shown?.end(picture),
    ])) {
      if (ended.status === "fulfilled") continue;
      const message = ended.reason instanceof Error ? ended.reason.message : String(ended.reason);
      display.show({ kind: "warning", message });
    }
  };
  try {
    const result = await work({ show });
    await end(result.interrupted ? "interrupted" : "finished", result.picture);
    return result;
  } catch (error) {
    await end("failed");
    throw error;
  }
}

/** Where the page of `--watch` is written: as it was named, or beside the output. */
export function pageOf(watch: string | true, output: string): string {
  if (watch !== true) return watch;
  return `${output.slice(0, output.length - extname(output).length)}-watch.html`;
}
