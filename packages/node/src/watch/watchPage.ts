import { extname } from "node:path";
import { OptionError, type Raster, type StylizeEvent, type TraceRecord } from "@deepstyle/core";
import { checkWritable, writeFileAtomic } from "../files.ts";
import { smallJpeg } from "./frame.ts";
import { lossCurves } from "./lossCurves.ts";

/** How the work stands. */
export type WatchState = "running" | "finished" | "interrupted" | "failed";

type Iteration = Extract<StylizeEvent, { readonly kind: "iteration" }>;

/** Seconds between two versions of the page. */
const interval = 2;

/** Share of the time that may go into the page: pictures of 8192 px take a while to shrink. */
const mostTime = 0.05;

/**
 * A page that shows a picture while it is painted: the picture so far, losses, time left. It is one
 * file, with the picture inside, so that picture and numbers are never of two moments; it reloads
 * itself, needs no network and holds no script.
 */
export class WatchPage {
  readonly #path: string;
  readonly #title: string;
  readonly #records: TraceRecord[] = [];
  #latest: Iteration | undefined;
  #picture: Buffer | undefined;
  #next = 0;
  #writing: Promise<void> = Promise.resolve();
  #busy = false;
  #failure: unknown;

  /**
   * @param path - where the page is written; see `checkWatchPage`
   * @param title - what is painted, for the heading
   */
  constructor(path: string, title: string) {
    this.#path = path;
    this.#title = title;
  }

  /** Takes note of an iteration, and writes the page where it is time to. Never throws. */
  show(event: StylizeEvent): void {
    if (event.kind !== "iteration") return;
    this.#records.push(event.record);
    this.#latest = event;
    if (this.#busy || this.#failure !== undefined || now() < this.#next) return;
    const started = now();
    this.#busy = true;
    const picture = event.picture();
    this.#writing = this.#write("running", picture)
      .catch((error: unknown) => {
        // Work of hours must not be lost for its page: it is told at the end.
        this.#failure = error;
      })
      .finally(() => {
        this.#busy = false;
        this.#next = started + Math.max(interval, (now() - started) / mostTime);
      });
  }

  /**
   * Writes the page for the last time: it says how the work ended, and reloads itself no more.
   *
   * @param picture - the result, where there is one
   * @throws {FileError} if the page could not be written
   */
  async end(state: Exclude<WatchState, "running">, picture?: Raster): Promise<void> {
    await this.#writing;
    await this.#write(state, picture);
  }

  async #write(state: WatchState, picture: Raster | undefined): Promise<void> {
    if (picture !== undefined) this.#picture = await smallJpeg(picture, 512, 85);
    await writeFileAtomic(this.#path, this.#html(state));
  }

  #html(state: WatchState): string {
    const title = escaped(this.#title);
    const refresh = state === "running" ? `<meta http-equiv="refresh" content="${interval}">` : "";
    const picture = this.#picture
      ? `<img alt="the picture so far" src="data:image/jpeg;base64,${this.#picture.toString("base64")}">`
      : "<p>No picture yet.</p>";
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
${refresh}
<title>${title}</title>
<style>
body { font: 15px/1.5 sans-serif; max-width: 640px; margin: 1.5em auto; padding: 0 1em; color: #222; background: #fff; }
h1 { font-size: 1.2em; overflow-wrap: anywhere; }
img, svg { width: 100%; height: auto; }
.legend span { margin-right: 1em; white-space: nowrap; }
</style>
</head>
<body>
<h1>${title}</h1>
<p><strong>${state}</strong>${this.#latest ? ` · ${progressText(this.#latest, state)}` : ""}</p>
${picture}
${this.#records.length > 0 ? lossCurves(this.#records) : ""}
<p>Each curve fills the height on a logarithmic scale of its own.</p>
</body>
</html>
`;
  }
}

/**
 * Refuses a page that could not be written, before any work starts.
 *
 * @throws {OptionError} if the name does not end in .html
 * @throws {FileError} if the file cannot be written
 */
export async function checkWatchPage(path: string): Promise<void> {
  if (![".html", ".htm"].includes(extname(path).toLowerCase()))
    throw new OptionError(
      `${path} cannot be the page of --watch: expected a name that ends in .html. Rename it, or give --watch last to have it beside the output.`,
    );
  await checkWritable(path);
}

function progressText({ record, of, secondsLeft }: Iteration, state: WatchState): string {
  const place = `iteration ${record.iteration} of ${of} · ${record.scale} px`;
  return state === "running" ? `${place} · about ${Math.round(secondsLeft)} s left` : place;
}

/** Text that cannot be taken for markup. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function now(): number {
  return performance.now() / 1000;
}
