// The course of a training: one JSON object a line, and a plot of it.

import { appendFile } from "node:fs/promises";
import { writeFileAtomic } from "../files.ts";
import { readInputText } from "../inputFile.ts";
import { isObject } from "../json.ts";

/** One line of the log. */
export interface TrainingLogEntry {
  readonly iteration: number;
  /** `train`: means since the entry before; `validation`: of the photos that are put aside. */
  readonly kind: "train" | "validation";
  readonly total: number;
  /** Each term before its weight. */
  readonly terms: Readonly<Record<string, number>>;
  readonly learningRate?: number;
  readonly imagesPerSecond?: number;
}

/** Appends to a log. */
export async function appendLog(path: string, entry: TrainingLogEntry): Promise<void> {
  await appendFile(path, `${JSON.stringify(entry)}\n`);
}

/** Reads a log; none is an empty one, and a last line that was cut off does not count. */
export async function readLog(path: string): Promise<TrainingLogEntry[]> {
  const text = await readInputText(path).catch(() => "");
  return text.split("\n").flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return isObject(entry) && Number.isFinite(entry["iteration"])
        ? [entry as unknown as TrainingLogEntry]
        : [];
    } catch {
      return [];
    }
  });
}

/** Drops what was logged after an iteration that training goes on from. */
export async function rewindLog(path: string, iteration: number): Promise<void> {
  const kept = (await readLog(path)).filter((entry) => entry.iteration <= iteration);
  await writeFileAtomic(path, kept.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
}

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
