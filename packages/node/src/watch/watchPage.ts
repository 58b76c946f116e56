import { createHash } from "node:crypto";
import { extname } from "node:path";
import { OptionError, type Raster, type StylizeEvent, type TraceRecord } from "@deepstyle/core";
import { formatDuration } from "../system/duration.ts";
import { checkWritable, writeFileAtomic } from "../system/files.ts";
import { smallJpeg } from "./frame.ts";
import { lossCurves } from "./lossCurves.ts";
import { Pace } from "./pace.ts";

/** How the work stands. */
export type WatchState = "running" | "finished" | "interrupted" | "failed";

type Iteration = Extract<StylizeEvent, { readonly kind: "iteration" }>;

/** Seconds between two versions of the page. */
const interval = 2;

/** Seconds without a word after which the page says so, at least. */
const leastSilence = 60;

/** As many iterations, one after the other, without a word are a silence, too. */
const silentIterations = 10;

/**
 * Says on a page that is running how long nothing was heard, where that is long. A process that was killed
 * leaves its page as it was; no more can be known from a file, and a slow step looks the same.
 */
const silenceScript = `
const { written, patience } = document.getElementById("state").dataset;
const seconds = (Date.now() - Number(written)) / 1000;
if (seconds > Number(patience)) {
  const minutes = Math.floor(seconds / 60);
  const silence = minutes < 120 ? minutes + " min" : Math.floor(minutes / 60) + " h";
  document.getElementById("silence").textContent =
    "Nothing was heard for " + silence + ". A step of a large picture may take that long; else the work has ended without a word, as when it is killed or the machine is switched off.";
}
`;

/** Lets this script run and no other: what is painted names the page, and its name is not trusted. */
const silenceHash = `'sha256-${createHash("sha256").update(silenceScript).digest("base64")}'`;

/**
 * A page that shows a picture while it is painted: the picture so far, losses, time left. It is one
 * file, with the picture inside, so that picture and numbers are never of two moments; it reloads
 * itself and needs no network. Its only script says when nothing was heard for long.
 */
export class WatchPage {
  readonly #path: string;
  readonly #title: string;
  readonly #records: TraceRecord[] = [];
  #latest: Iteration | undefined;
  #picture: Buffer | undefined;
  readonly #pace = new Pace(interval);
  readonly #attempt: (write: () => Promise<void>) => Promise<void>;

  /**
   * @param path - where the page is written; see `checkWatchPage`
   * @param title - what is painted, for the heading
   * @param attempt - writes the page, and sees to it where that fails: work of hours must not be lost for it
   */
  constructor(path: string, title: string, attempt: (write: () => Promise<void>) => Promise<void>) {
    this.#path = path;
    this.#title = title;
    this.#attempt = attempt;
  }

  /** Takes note of an iteration, and writes the page where it is time to. */
  show(event: StylizeEvent): void {
    if (event.kind !== "iteration") return;
    this.#records.push(event.record);
    this.#latest = event;
    this.#pace.offer(() => this.#attempt(() => this.#write("running", event.picture())));
  }

  /**
   * Writes the page for the last time: it says how the work ended, and reloads itself no more.
   *
   * @param picture - the result, where there is one
   */
  async end(state: Exclude<WatchState, "running">, picture?: Raster): Promise<void> {
    await this.#pace.settled();
    await this.#attempt(() => this.#write(state, picture));
  }

  async #write(state: WatchState, picture: Raster | undefined): Promise<void> {
    if (picture !== undefined) this.#picture = await smallJpeg(picture, 512, 85);
    await writeFileAtomic(this.#path, this.#html(state));
  }

  #html(state: WatchState): string {
    const title = escaped(this.#title);
    const isRunning = state === "running";
    const refresh = isRunning ? `<meta http-equiv="refresh" content="${interval}">` : "";
    const silence = isRunning ? `<p id="silence"></p>\n<script>${silenceScript}</script>` : "";
    const picture = this.#picture
      ? `<img alt="the picture so far" src="data:image/jpeg;base64,${this.#picture.toString("base64")}">`
      : "<p>No picture yet.</p>";
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'${isRunning ? `; script-src ${silenceHash}` : ""}">
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
<p id="state" data-written="${Date.now()}" data-patience="${patienceWith(this.#records)}"><strong>${state}</strong>${this.#latest ? ` · ${progressText(this.#latest, state)}` : ""}</p>
${silence}
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
  return state === "running" ? `${place} · about ${formatDuration(secondsLeft)} left` : place;
}

/** Text that cannot be taken for markup. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Seconds without a word that are nothing unusual, going by the latest iteration. */
function patienceWith(records: readonly TraceRecord[]): number {
  const [before, latest] = records.slice(-2).map(({ seconds }) => seconds);
  const iteration = before === undefined || latest === undefined ? 0 : latest - before;
  return Math.ceil(Math.max(leastSilence, silentIterations * iteration));
}
