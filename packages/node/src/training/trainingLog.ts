// The course of a training: one JSON object a line, and a plot of it.

import type { TrainingLosses } from "@deepstyle/core";
import { appendToFile, writeFileAtomic } from "../system/files.ts";
import { readInputText } from "../system/inputFile.ts";
import { isObject } from "../system/json.ts";
import type { OlderFile } from "../system/places.ts";
import type { StateKind } from "../checkpoint/stateFile.ts";

/** What every line of a log says. */
interface LogEntry {
  readonly iteration: number;
  /** `train`: means since the entry before; `validation`: of the pictures that are put aside. */
  readonly kind: "train" | "validation";
}

/** One line of the log of a training. */
export interface TrainingLogEntry extends LogEntry {
  readonly total: number;
  /** Each term before its weight. */
  readonly terms: Readonly<Record<string, number>>;
  readonly gradientNorm?: number;
  readonly learningRate?: number;
}

/** What tells a log: every line begins with the number of its iteration. */
export function logFile(kind: StateKind): OlderFile {
  return { kind: `log of a ${kind}`, at: 0, text: '{"iteration":' };
}

/** Losses of one update, as a log takes the mean of many. */
export type LoggedLosses = Pick<TrainingLosses, "total" | "terms" | "gradientNorm" | "skipped">;

/** Updates whose mean is one line of the log. */
const logEvery = 50;

/**
 * The course of a training or distillation in a file. Work that was cut off and gone on with leaves the same
 * bytes as work that was not: so lines tell nothing of time, and losses that are in no line yet go with the
 * checkpoint.
 */
export class TrainingLog {
  readonly #path: string;
  #pending: LoggedLosses[];
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, pending: readonly LoggedLosses[]) {
    this.#path = path;
    this.#pending = [...pending];
  }

  /**
   * Opens a log to go on from an iteration: lines of later ones are dropped.
   *
   * @param pending - as {@link pending} said at that iteration
   * @throws {FileError} if it cannot be written
   */
  static async open(
    path: string,
    { iteration, pending = [] }: { iteration: number; pending?: readonly LoggedLosses[] | undefined },
  ): Promise<TrainingLog> {
    const kept = iteration === 0 ? [] : (await readLines(path)).filter(isUpTo(iteration));
    await writeFileAtomic(path, kept.map(({ line }) => `${line}\n`).join(""));
    return new TrainingLog(path, pending);
  }

  /** Losses since the last line of training. Plain JSON, for a checkpoint. */
  get pending(): readonly LoggedLosses[] {
    return this.#pending;
  }

  /** Takes the losses of an update; every 50 make a line. */
  noteUpdate(event: {
    readonly iteration: number;
    readonly losses: LoggedLosses;
    readonly learningRate: number;
  }): void {
    const { iteration, losses, learningRate } = event;
    this.#pending.push(losses);
    if (iteration % logEvery !== 0) return;
    const counted = this.#pending.filter(({ skipped }) => !skipped);
    this.#pending = [];
    const mean = (of: (losses: LoggedLosses) => number | null): number =>
      // JSON has no words for losses that are not finite.
      counted.reduce((sum, each) => sum + (of(each) ?? NaN), 0) / Math.max(1, counted.length);
    const names = Object.keys(counted[0]?.terms ?? {});
    this.note({
      iteration,
      kind: "train",
      total: mean(({ total }) => total),
      terms: Object.fromEntries(names.map((name) => [name, mean(({ terms }) => terms[name]!)])),
      gradientNorm: mean(({ gradientNorm }) => gradientNorm),
      learningRate,
    });
  }

  /** Takes a line. */
  note(entry: LogEntry & Readonly<Record<string, unknown>>): void {
    this.#writing = this.#writing.then(() =>
      appendToFile(this.#path, `${JSON.stringify(entry)}\n`),
    );
    // The next checkpoint waits for it and is told.
    this.#writing.catch(() => undefined);
  }

  /**
   * Waits until everything noted is in the file.
   *
   * @throws {FileError} if it could not be written
   */
  async written(): Promise<void> {
    await this.#writing;
  }
}

/** Reads a log; none is an empty one, and a last line that was cut off does not count. */
export async function readLog(path: string): Promise<TrainingLogEntry[]> {
  return (await readLines(path)).map(({ entry }) => entry);
}

interface LogLine {
  readonly line: string;
  readonly entry: TrainingLogEntry;
}

async function readLines(path: string): Promise<LogLine[]> {
  const text = await readInputText(path).catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return isObject(entry) && Number.isFinite(entry["iteration"])
        ? [{ line, entry: entry as unknown as TrainingLogEntry }]
        : [];
    } catch {
      return [];
    }
  });
}

const isUpTo =
  (iteration: number) =>
  ({ entry }: LogLine): boolean =>
    entry.iteration <= iteration;

const [plotWidth, plotHeight, margin] = [720, 360, 48];
const colours = { train: "#9db4c8", validation: "#c0392b" };

/**
 * The total loss over the iterations as an SVG picture, the loss on a logarithmic scale.
 *
 * @param log - at least one entry
 */
export function plotLosses(log: readonly TrainingLogEntry[]): string {
  const last = Math.max(...log.map(({ iteration }) => iteration), 1);
  const logs = log.map(({ total }) => Math.log10(total)).filter(Number.isFinite);
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const x = (iteration: number): number => margin + (iteration / last) * (plotWidth - 2 * margin);
  const y = (value: number): number =>
    plotHeight - margin - ((value - low) / (high - low || 1)) * (plotHeight - 2 * margin);
  const line = (kind: TrainingLogEntry["kind"]): string => {
    const points = log
      .filter((entry) => entry.kind === kind && entry.total > 0)
      .map(
        ({ iteration, total }) => `${x(iteration).toFixed(1)},${y(Math.log10(total)).toFixed(1)}`,
      );
    return `<polyline fill="none" stroke="${colours[kind]}" stroke-width="1.5" points="${points.join(" ")}"/>`;
  };
  const label = (at: readonly [number, number], text: string, anchor: string): string =>
    `<text x="${at[0].toFixed(0)}" y="${at[1].toFixed(0)}" text-anchor="${anchor}">${text}</text>`;
  const bottom = plotHeight - margin;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${plotWidth} ${plotHeight}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<path d="M${margin} ${margin}V${bottom}H${plotWidth - margin}" fill="none" stroke="#555"/>`,
    label([margin - 6, margin + 4], (10 ** high).toPrecision(3), "end"),
    label([margin - 6, bottom], (10 ** low).toPrecision(3), "end"),
    label([plotWidth - margin, bottom + 18], `${last} iterations`, "end"),
    label([margin, margin - 14], "total loss: training (grey), validation (red)", "start"),
    line("train"),
    line("validation"),
    "</svg>",
    "",
  ].join("\n");
}
