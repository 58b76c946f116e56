import { availableParallelism, totalmem } from "node:os";
import { encoderNames, gigabytes, largestLongSide } from "@deepstyle/core";
import type { Device } from "@deepstyle/engine";
import { Command } from "commander";
import { availableMemory } from "../../system/memory.ts";
import { ModelStore, type ModelFolder } from "../../models/modelStore.ts";
import { availableDevices } from "../../runtime/nodeRuntime.ts";
import { machineName, versions, type Versions } from "../../runtime/versions.ts";
import { addOutputOptions } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Command lines for the help text. */
export const doctorExamples: readonly string[] = ["deepstyle doctor", "deepstyle doctor --json"];

/** What `deepstyle doctor` finds. */
interface Findings {
  readonly machine: string;
  readonly devices: readonly Device[];
  readonly threads: number;
  readonly memory: {
    readonly totalBytes: number;
    readonly availableBytes: number;
    /** Side of the largest square picture that fits, in pixels. */
    readonly largestSize: number;
  };
  readonly models: {
    readonly folders: readonly ModelFolder[];
    /** Path of each encoder's weights; null where they are not installed. */
    readonly found: Readonly<Record<string, string | null>>;
  };
  readonly versions: Versions;
}

/** `deepstyle doctor`: says what the machine offers. */
export function doctorCommand({ terminal }: CommandContext): Command {
  const command = new Command("doctor")
    .description("Say what this machine offers: devices, threads, memory, models, versions.")
    .option("--models <dir>", "folder to look for models first");
  addOutputOptions(command, "print the findings as JSON");
  return command
    .addHelpText("after", `\nExamples:\n${doctorExamples.map((line) => `  ${line}`).join("\n")}`)
    .action(async ({ json, models }: { readonly json?: true; readonly models?: string }) => {
      const findings = await examine(new ModelStore({ models }));
      terminal.out(json ? `${JSON.stringify(findings, undefined, 2)}\n` : report(findings));
    });
}

async function examine(store: ModelStore): Promise<Findings> {
  const availableBytes = availableMemory();
  const found = await Promise.all(
    encoderNames.map(async (name) => [name, (await store.find(name)) ?? null] as const),
  );
  return {
    machine: machineName(),
    devices: await availableDevices(),
    threads: availableParallelism(),
    memory: {
      totalBytes: totalmem(),
      availableBytes,
      largestSize: largestLongSide({ width: 1, height: 1 }, availableBytes),
    },
    models: { folders: store.folders, found: Object.fromEntries(found) },
    versions: versions(),
  };
}

function report({ machine, devices, threads, memory, models, versions: v }: Findings): string {
  const { totalBytes, availableBytes, largestSize } = memory;
  const folders = models.folders.map(({ path, source }) => `${path} (${source})`);
  return [
    ["machine", machine],
    ["devices", devices.join(", ")],
    ["threads", String(threads)],
    ["memory", `${gigabytes(availableBytes)} of ${gigabytes(totalBytes)} available`],
    ["", `enough for pictures of ${largestSize} × ${largestSize} px`],
    ...Object.entries(models.found).map(([name, path]) => [name, path ?? "not installed"]),
    ...folders.map((folder, i) => [i === 0 ? "looked in" : "", folder]),
    ["versions", `deepstyle ${v.deepstyle}, ONNX Runtime ${v.onnxruntime}, Node ${v.node}`],
  ]
    .map(([name, text]) => `${name!.padEnd(11)}${text!}\n`)
    .join("");
}
