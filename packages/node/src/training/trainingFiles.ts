import { extname } from "node:path";
import { OptionError } from "@deepstyle/core";
import { checkpointPlaces } from "../checkpoint/checkpointFiles.ts";
import type { WrittenPlace } from "../system/places.ts";
import { logFile } from "./trainingLog.ts";

/** Files that lie beside a network. */
export interface TrainingFiles {
  readonly network: string;
  readonly checkpoint: string;
  readonly log: string;
  readonly plot: string;
  readonly preview: string;
}

/** @throws {OptionError} if the output does not end in .onnx */
export function filesOf(output: string): TrainingFiles {
  if (extname(output).toLowerCase() !== ".onnx")
    throw new OptionError(`${output} cannot hold a network: expected a name that ends in .onnx.`);
  const stem = output.slice(0, -".onnx".length);
  return {
    network: output,
    checkpoint: `${stem}.checkpoint.safetensors`,
    log: `${stem}.log.jsonl`,
    plot: `${stem}.losses.svg`,
    preview: `${stem}.preview.jpg`,
  };
}

/** What a training writes. @param output - the network */
export async function trainingWrites(output: string): Promise<WrittenPlace[]> {
  const { network, checkpoint, log, plot, preview } = filesOf(output);
  const remedy = "Choose another output with -o.";
  return [
    { path: network, role: "the network", remedy },
    ...(await checkpointPlaces(checkpoint, "training", { role: "the checkpoint", remedy })),
    { path: log, role: "the training's log", remedy, older: logFile("training") },
    { path: plot, role: "the plot of the losses", remedy },
    { path: preview, role: "the training's preview", remedy },
  ];
}
