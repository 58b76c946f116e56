import { extname } from "node:path";
import { OptionError, type TraceRecord } from "@deepstyle/core";

/** Columns of a trace, in their order. */
const columns: readonly (keyof TraceRecord)[] = [
  "iteration",
  "scale",
  "seconds",
  "totalLoss",
  "contentLoss",
  "styleLoss",
  "tvLoss",
  "pixelLoss",
  "detailLoss",
  "dreamLoss",
  "gradientNorm",
];

/** How a trace can be written. */
export type TraceFormat = "json" | "csv";

/**
 * The format that the name of a trace file asks for.
 *
 * @throws {OptionError} if it ends in neither `.json` nor `.csv`
 */
export function traceFormatOf(path: string): TraceFormat {
  const extension = extname(path).toLowerCase();
  if (extension === ".json") return "json";
  if (extension === ".csv") return "csv";
  throw new OptionError(
    `${path} cannot hold a trace: expected a name that ends in .json or .csv. Rename it.`,
  );
}

/**
 * A trace as text: a JSON array with one record a line, or CSV with a line of names.
 *
 * @param records - in the order of the iterations; number 0 is the initial picture
 */
export function formatTrace(records: readonly TraceRecord[], format: TraceFormat): string {
  if (format === "json")
    return `[\n${records.map((record) => JSON.stringify(record)).join(",\n")}\n]\n`;
  const lines = records.map((record) => columns.map((column) => record[column]).join());
  return [columns.join(), ...lines, ""].join("\n");
}
